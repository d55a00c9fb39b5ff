using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Scheduler.Conformance.Servers;

/// <summary>A MariaDB server of this test run alone: own folder, own port on loopback, gone at the end.</summary>
public sealed class MariaDbServer : IAsyncLifetime
{
    const string User = "mysql";

    static readonly string? server = Programs.Find("mariadbd", "/usr/sbin"), install = Programs.Find("mariadb-install-db", "/usr/bin"), client = Programs.Find("mariadb", "/usr/bin");

    string? folder;
    Process? process;
    int port, databases;

    /// <summary>Why it cannot be started here; null where it can.</summary>
    public static string? Missing => server is null || install is null || client is null ? "MariaDB is not installed (mariadbd, mariadb-install-db and mariadb)" : null;

    /// <summary>Whether a commit waits for the disk, as in production; tests need no such thing.</summary>
    public bool IsDurable { get; init; }

    /// <summary>As <see cref="PostgresServer.IsApart"/>.</summary>
    public bool IsApart { get; init; }

    /// <summary>Where it listens on loopback.</summary>
    public int Port => port;

    /// <summary>A connection string to a database that nobody has used.</summary>
    public async Task<string> DatabaseAsync()
    {
        var database = string.Create(CultureInfo.InvariantCulture, $"d{Interlocked.Increment(ref databases)}");
        await RunAsync(database, "");
        return $"Server=127.0.0.1;Port={port};User ID=root;Database={database};Maximum Pool Size=20";
    }

    /// <summary>As MySqlConnector reads it: through the server's socket, to a database that exists.</summary>
    public string ConnectionString(string database) => $"Server={folder}/socket;Protocol=Unix;User ID=root;Database={database}";

    /// <summary>Runs statements, through the server's own client, in a database of that name, which is made where it does not exist.</summary>
    public Task<string> RunAsync(string database, string sql) => ClientAsync($"CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4; USE {database};\n{sql}");

    public async Task InitializeAsync()
    {
        if (Missing is not null) return;
        folder = await Programs.FolderAsync(User);
        // With temporary tables of its own: two that install at once take each other's.
        await Programs.RunAsync(User, install!, ["--no-defaults", $"--datadir={folder}/data", $"--tmpdir={folder}", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        await Programs.OnFreePortAsync(free =>
        {
            port = free;
            return StartAsync();
        });
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>, on the same port and with what it had.</summary>
    public async Task StartAsync()
    {
        // A folder for temporary tables of its own too: a server that starts empties the one that it finds.
        process = Programs.Start(User, server!,
            ["--no-defaults", $"--datadir={folder}/data", $"--socket={folder}/socket", $"--pid-file={folder}/pid", $"--tmpdir={folder}", "--max-connections=1000", "--bind-address=127.0.0.1", $"--port={port}", .. IsDurable ? (string[])["--innodb-flush-log-at-trx-commit=1"] : ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"]], isApart: IsApart);
        await Programs.AcceptsAsync(process, "MariaDB", async () => (await TryClientAsync("SELECT 1;")).ExitCode == 0);
    }

    /// <summary>Stops it; its data stay.</summary>
    public async Task StopAsync()
    {
        if (process is null) return;
        await Programs.TryRunAsync(null, "kill", [File.ReadLines(Path.Combine(folder!, "pid")).First()]);
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    public async Task DisposeAsync()
    {
        if (folder is null) return;
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    async Task<string> ClientAsync(string sql)
    {
        var (exitCode, output) = await TryClientAsync(sql);
        return exitCode == 0 ? output : throw new InvalidOperationException($"expected MariaDB to take it, it says: {output}");
    }

    Task<(int ExitCode, string Output)> TryClientAsync(string sql) =>
        Programs.TryRunAsync(null, client!, ["--no-defaults", $"--socket={folder}/socket", "--user=root", "--default-character-set=utf8mb4", "--batch", "--skip-column-names"], sql);
}
