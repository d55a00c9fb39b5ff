using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Scheduler.Conformance.Servers;

/// <summary>Starts programs of this machine for tests.</summary>
static class Programs
{
    public static bool IsRoot => Environment.UserName == "root";

    /// <summary>Starts a program, as another user where we are root (database servers refuse to be root).</summary>
    /// <param name="isApart">In a session of its own, which the terminal's signals do not reach.</param>
    public static Process Start(string? user, string program, IEnumerable<string> arguments, string? input = null, bool isApart = false)
    {
        string[] line = [.. isApart ? ["setsid"] : Array.Empty<string>(), .. user is not null && IsRoot ? ["runuser", "-u", user, "--"] : Array.Empty<string>(), program, .. arguments];
        var start = new ProcessStartInfo(line[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = "/" };
        foreach (var argument in line[1..]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        try
        {
            if (input is not null) process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything: its exit code says why.
        }
        return process;
    }

    /// <summary>Runs a program to its end, and gives what it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> TryRunAsync(string? user, string program, IEnumerable<string> arguments, string? input = null)
    {
        using var process = Start(user, program, arguments, input);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    public static async Task<string> RunAsync(string? user, string program, IEnumerable<string> arguments, string? input = null)
    {
        var (exitCode, output) = await TryRunAsync(user, program, arguments, input);
        return exitCode == 0 ? output : throw new InvalidOperationException($"expected {program} to end with 0, it ended with {exitCode}: {output}");
    }

    /// <summary>Asks again and again, for a minute.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        for (var watch = Stopwatch.StartNew(); !await isSo(); await Task.Delay(50))
            if (watch.Elapsed > TimeSpan.FromMinutes(1)) throw new TimeoutException($"expected {what} within a minute");
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A new folder that belongs to the user.</summary>
    public static async Task<string> FolderAsync(string user)
    {
        var folder = Directory.CreateTempSubdirectory("scheduler-").FullName;
        if (IsRoot) await RunAsync(null, "chown", [user, folder]);
        return folder;
    }

    public static string? Find(string name, params IEnumerable<string> folders) =>
        folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')).Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
