using System.Diagnostics;
using System.Runtime.Versioning;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Scripts;

/// <summary><c>test.sh</c> over a tree with two test projects, of which the standalone filter has one, and with a <c>dotnet</c> that is told what to say.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class TestScriptTests : IDisposable
{
    const string MissingPackages = """
        /src/A.csproj : error NU1101: Unable to find package Microsoft.Orleans.Runtime. No packages exist with this id in source(s): feed
        /src/B.csproj : error NU1102: Unable to find package MySqlConnector with version (>= 2.6.1)
        /src/C.csproj : error NU1603: Warning As Error: Scheduler.Silo depends on Some.Thing (>= 1.0.0) but Some.Thing 1.0.0 was not found.
        """;

    const string FakeDotnet = """
        #!/usr/bin/env bash
        echo "$*" >>"$FAKE/calls"
        case $1 in
            restore) [ "$2" = Scheduler.Orleans.sln ] && [ -n "${FAKE_RESTORE:-}" ] && { echo "$FAKE_RESTORE"; exit 1; }; exit 0 ;;
            test)
                name=$(basename "$2" .csproj)
                mkdir -p TestResults
                [ "$FAKE_COUNTERS" = none ] || echo "<Counters $FAKE_COUNTERS />" >"TestResults/$name.trx"
                exit "${FAKE_TEST:-0}" ;;
        esac
        """;

    readonly TemporaryDirectory temporary = new();

    public TestScriptTests()
    {
        File.Copy(Path.Combine(Root(), "test.sh"), temporary.In("test.sh"));
        Write("Scheduler.Standalone.slnf", """{ "projects": [ "tests\\Near.Tests\\Near.Tests.csproj" ] }""");
        foreach (var name in new[] { "Near.Tests", "Far.Tests" })
        {
            Write($"tests/{name}/{name}.csproj", "<PackageReference Include=\"Microsoft.NET.Test.Sdk\" />");
            Write($"tests/{name}/Some.cs", "    [Fact]\n    [Theory]\n    [InlineData(1)]\n    // [Fact]\n");
        }
        // Whatever this machine has: nothing is installed by a test.
        foreach (var (name, content) in new[] { ("dotnet", FakeDotnet), ("postgres", "#!/bin/sh"), ("mariadbd", "#!/bin/sh") })
        {
            Write($"bin/{name}", content);
            File.SetUnixFileMode(temporary.In($"bin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task All_projects_are_added_up()
    {
        var run = await RunAsync();
        Assert.Equal((0, "10 passed, 0 failed, 2 skipped"), (run.ExitCode, run.LastLine));
        Assert.Contains("build Scheduler.Orleans.sln", Calls);
    }

    [Fact]
    public async Task Missing_packages_are_named_and_what_needs_them_is_skipped()
    {
        var run = await RunAsync(restore: MissingPackages);
        Assert.Contains("The package feed lacks: Microsoft.Orleans.Runtime MySqlConnector Some.Thing.", run.Output);
        Assert.Contains("Far.Tests: skipped (2 tests)", run.Output);
        Assert.Equal((0, "5 passed, 0 failed, 3 skipped"), (run.ExitCode, run.LastLine));
        Assert.Contains("build Scheduler.Standalone.slnf", Calls);
        Assert.DoesNotContain("Far.Tests", Calls);
    }

    [Theory]
    [InlineData("/src/A.csproj : error NU1301: Unable to load the service index.")]
    [InlineData("/src/A.csproj : error NU1101: Unable to find package X.\n/src/A.csproj : error NU1605: Detected package downgrade.")]
    [InlineData("Something went wrong.")]
    public async Task Any_other_failure_of_the_restore_fails(string restore)
    {
        var run = await RunAsync(restore: restore);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Restoring Scheduler.Orleans.sln failed.", run.Output);
        Assert.DoesNotContain("build", Calls);
    }

    [Theory]
    [InlineData("total=\"5\" executed=\"5\" passed=\"4\" failed=\"1\"", "1", "8 passed, 2 failed, 0 skipped")]
    [InlineData("total=\"5\" executed=\"5\" passed=\"5\" failed=\"0\"", "134", "10 passed, 2 failed, 0 skipped")]
    [InlineData("total=\"0\" executed=\"0\" passed=\"0\" failed=\"0\"", "0", "0 passed, 0 failed, 0 skipped")]
    [InlineData("none", "0", "0 passed, 2 failed, 0 skipped")]
    public async Task A_failed_run_a_crashed_one_and_one_without_tests_fail(string counters, string exitCode, string expected)
    {
        var run = await RunAsync(counters: counters, test: exitCode);
        Assert.Equal((1, expected), (run.ExitCode, run.LastLine));
    }

    string Calls => File.ReadAllText(temporary.In("calls"));

    async Task<(int ExitCode, string Output, string LastLine)> RunAsync(string restore = "", string counters = "total=\"6\" executed=\"5\" passed=\"5\" failed=\"0\"", string test = "0")
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true, ArgumentList = { temporary.In("test.sh") } };
        start.Environment["PATH"] = $"{temporary.In("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["FAKE"] = temporary.Path;
        start.Environment["FAKE_RESTORE"] = restore;
        start.Environment["FAKE_COUNTERS"] = counters;
        start.Environment["FAKE_TEST"] = test;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error, output.TrimEnd().Split('\n')[^1]);
    }

    void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(temporary.In(name))!);
        File.WriteAllText(temporary.In(name), content.ReplaceLineEndings("\n"));
    }

    static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "test.sh"))) directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException($"expected test.sh above {AppContext.BaseDirectory}");
    }
}
