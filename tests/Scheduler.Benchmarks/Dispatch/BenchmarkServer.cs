using Npgsql;
using Scheduler.Conformance.Servers;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>A PostgreSQL server that waits for the disk and counts what it is asked.</summary>
sealed class BenchmarkServer : IAsyncDisposable
{
    readonly PostgresServer server;

    BenchmarkServer(bool isApart) => server = new() { IsDurable = true, IsApart = isApart, Settings = Meter.Settings };

    public Meter Meter => field ??= new(server);

    /// <param name="isApart">See <see cref="PostgresServer.IsApart"/>.</param>
    public static async Task<BenchmarkServer> StartAsync(bool isApart = false)
    {
        if (PostgresServer.Missing is { } missing) throw new InvalidOperationException(missing);
        var started = new BenchmarkServer(isApart);
        await started.server.InitializeAsync();
        return started;
    }

    /// <summary>A connection string to a schema that nobody has used.</summary>
    public Task<string> SchemaAsync() => server.SchemaAsync();

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await server.DisposeAsync();
    }
}
