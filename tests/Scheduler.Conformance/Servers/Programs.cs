using System.Diagnostics;

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

    /// <summary>Starts a server on a free port, and on another one where somebody has taken that meanwhile.</summary>
    public static async Task OnFreePortAsync(Func<int, Task> start)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await start(Ports.Free());
                return;
            }
            catch (ServerEndedException) when (tries < 3)
            {
                // Whatever else is wrong is so the next time too.
            }
        }
    }

    /// <summary>Asks again and again whether a server accepts connections, until a deadline that a busy machine keeps.</summary>
    /// <exception cref="ServerEndedException">It has ended; what it said is in the message.</exception>
    public static async Task AcceptsAsync(Process server, string name, Func<Task<bool>> isAccepting)
    {
        var (output, errors) = (server.StandardOutput.ReadToEndAsync(), server.StandardError.ReadToEndAsync());
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            var accepts = await isAccepting();
            // Another server may answer there.
            if (server.HasExited) throw new ServerEndedException($"expected {name} to accept connections, it has ended with {server.ExitCode}: {await output + await errors}");
            if (accepts) return;
            if (watch.Elapsed > TimeSpan.FromMinutes(2)) throw new TimeoutException($"expected {name} to accept connections within two minutes");
        }
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

/// <summary>A server that was started has ended by itself.</summary>
sealed class ServerEndedException(string message) : Exception(message);
