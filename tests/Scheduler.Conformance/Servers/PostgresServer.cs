using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Scheduler.Conformance.Servers;

/// <summary>A PostgreSQL server of this run alone: own folder, own port on loopback, gone at the end.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    const string User = "postgres";

    static readonly string? binaries = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(folder => File.Exists(Path.Combine(folder, "initdb"))).Max(StringComparer.Ordinal)
        : null;

    string? folder;
    Process? server;
    int port, schemas;

    /// <summary>Why it cannot be started here; null where it can.</summary>
    public static string? Missing => binaries is null ? "PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin)" : null;

    /// <summary>Whether a commit waits for the disk, as in production; tests need no such thing.</summary>
    public bool IsDurable { get; init; }

    /// <summary>Whether a terminal's Ctrl-C does not reach it: whoever started it sees to its end, after those that use it.</summary>
    public bool IsApart { get; init; }

    /// <summary>Settings of the server beside those, such as <c>shared_preload_libraries=pg_stat_statements</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>The server's own process, whose children are all others.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(folder!, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Where it listens on loopback.</summary>
    public int Port => port;

    /// <summary>As Npgsql reads it; the database has nothing in it.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={port};Username=scheduler;Database=postgres";

    /// <summary>A connection string to a schema that nobody has used.</summary>
    public async Task<string> SchemaAsync()
    {
        var schema = $"s{Interlocked.Increment(ref schemas)}";
        await QueryAsync($"CREATE SCHEMA {schema}");
        return $"{ConnectionString};Search Path={schema};Maximum Pool Size=20";
    }

    public async Task InitializeAsync()
    {
        if (binaries is null) return;
        folder = await Programs.FolderAsync(User);
        var data = Path.Combine(folder, "data");
        await Programs.RunAsync(User, Path.Combine(binaries, "initdb"), ["-D", data, "-U", "scheduler", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        await Programs.OnFreePortAsync(free =>
        {
            port = free;
            return StartAsync();
        });
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>, on the same port and with what it had.</summary>
    public async Task StartAsync()
    {
        var data = Path.Combine(folder!, "data");
        server = Programs.Start(User, Path.Combine(binaries!, "postgres"),
            ["-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), "-k", folder!, "-c", "listen_addresses=127.0.0.1", "-c", IsDurable ? "fsync=on" : "fsync=off", "-c", "max_connections=300", "-c", "logging_collector=off", .. Settings.SelectMany(setting => new[] { "-c", setting })], isApart: IsApart);
        await Programs.AcceptsAsync(server, "PostgreSQL", async () => (await Programs.TryRunAsync(User, Path.Combine(binaries!, "pg_isready"), ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture)])).ExitCode == 0);
    }

    /// <summary>Stops it; its data stay.</summary>
    public async Task StopAsync()
    {
        if (server is null) return;
        // The server's own process, not the one that changed the user for it. SIGINT: it stops without waiting for its clients.
        await Programs.TryRunAsync(null, "kill", ["-INT", ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await server.WaitForExitAsync();
        server.Dispose();
        server = null;
    }

    public async Task DisposeAsync()
    {
        if (folder is null) return;
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    Task<string> QueryAsync(string sql) =>
        Programs.RunAsync(User, Path.Combine(binaries!, "psql"), ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", "scheduler", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qc", sql]);
}
