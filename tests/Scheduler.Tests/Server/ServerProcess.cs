using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Scheduler.Tests.Server;

/// <summary>The server's program, or a sample's, in a process of its own, to be killed.</summary>
sealed partial class ServerProcess : IAsyncDisposable
{
    const int SigInt = 2, SigTerm = 15, SigCont = 18, SigStop = 19;

    readonly Process process;
    readonly ConcurrentQueue<string> lines = new();

    ServerProcess(IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment) : this(typeof(Scheduler.Server.Demo.Ledger).Assembly, arguments, environment)
    {
    }

    ServerProcess(Assembly served, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        // A shell that starts the tests in the background has them ignore SIGINT, and what they start inherits that.
        string[] program = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(program[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (IEnumerable<string>)[.. program[1..], served.Location, .. arguments]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static ServerProcess Demo(TemporaryDirectory directory, params string[] options) => new(["demo", "--dir", directory.In("demo"), .. options], []);

    public static ServerProcess Run(params string[] arguments) => new(arguments, []);

    public static ServerProcess Serve(string store, params (string Name, string Value)[] environment) =>
        new(["--urls", "http://127.0.0.1:0"], [("Scheduler__Storage__Path", store), .. environment]);

    /// <summary>On a PostgreSQL database that it shares.</summary>
    public static ServerProcess ServeShared(string connectionString, params (string Name, string Value)[] environment) =>
        new(["--urls", "http://127.0.0.1:0"], [("Scheduler__Storage__Dialect", "postgresql"), ("Scheduler__Storage__ConnectionString", connectionString), .. environment]);

    /// <summary>Another program than the server's.</summary>
    public static ServerProcess Of(Assembly program, IEnumerable<string> arguments, params (string Name, string Value)[] environment) => new(program, arguments, environment);

    /// <summary>All that it has said so far.</summary>
    public string Output => string.Join('\n', lines);

    public bool HasExited => process.HasExited;

    /// <summary>SIGKILL: nothing in the process gets to run.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public void Interrupt() => Signal(SigInt);

    public void Terminate() => Signal(SigTerm);

    /// <summary>SIGSTOP: it stands still, and knows nothing of it.</summary>
    public void Pause() => Signal(SigStop);

    public void Continue() => Signal(SigCont);

    public async Task<int> ExitCodeAsync()
    {
        await Eventually.TrueAsync("the process to end", () => process.HasExited, () => Output);
        await process.WaitForExitAsync(); // and its output to be read
        return process.ExitCode;
    }

    /// <summary>A client for the address that it listens on.</summary>
    public async Task<HttpClient> ListensAsync()
    {
        var address = await Eventually.GetAsync("a server that listens", () => Task.FromResult(HasExited ? throw new InvalidOperationException(Output) : Listening().Match(Output) is { Success: true } match ? match.Groups[1].Value : null), () => Output);
        return new() { BaseAddress = new($"{address}/api/v1/"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
    }

    void Keep(string? line)
    {
        if (line is not null) lines.Enqueue(line);
    }

    void Signal(int signal) => Assert.Equal(0, Kill(process.Id, signal));

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Kill(int process, int signal);

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}

/// <summary>Tests with processes run one after another: each wants the machine for itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessTests
{
    public const string Name = "processes";
}
