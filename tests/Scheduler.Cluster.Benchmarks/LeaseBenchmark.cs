using System.Diagnostics;
using Npgsql;
using Scheduler.Benchmarks;
using Scheduler.Benchmarks.Dispatch;
using Scheduler.Cluster.Benchmarks.Hosts;
using Scheduler.Cluster.Tests.Processes;

namespace Scheduler.Cluster.Benchmarks;

/// <summary>What the check of the lease costs that is the first statement of every transaction on PostgreSQL: with it and with one that does nothing.</summary>
static class LeaseBenchmark
{
    public static async Task RunAsync(Run run)
    {
        if (run.Store != SharedServer.PostgreSql) throw new InvalidOperationException($"expected --store {SharedServer.PostgreSql}: {run.Store} has no lease");
        await using var server = await SharedServer.StartAsync(run.Store);
        var database = await server.FreshAsync();
        await using (await Contender.Embedded.StartAsync(database, (_, _) => { })) // makes the tables
        {
        }
        Report.Note($"lease on {server}: transactions of one updated row each, a row for each connection, one round trip");
        foreach (var connections in new[] { 1, 4, 16 }) await CompareAsync(server, database, connections, run);

        var tasks = run.Quick ? 4_000 : 20_000;
        Report.Note($"the same in one silo: {tasks:N0} executions due at once; first warm, then in turn as it is, and with a check that does nothing");
        await DispatchBenchmark.MeasureAsync(Contender.OneSilo, server, 4_000, run.Stop);
        List<double> with = [], without = [];
        for (var turn = 0; turn < (run.Quick ? 1 : 3); turn++)
        {
            with.Add((await DispatchBenchmark.MeasureAsync(Contender.OneSilo, server, tasks, run.Stop)).ServerMicroseconds);
            without.Add((await DispatchBenchmark.MeasureAsync(Contender.OneSilo, server, tasks, run.Stop, database => ExecuteAsync(database, "CREATE OR REPLACE PROCEDURE schedule_require_epoch(expected bigint) LANGUAGE plpgsql AS 'BEGIN END'"))).ServerMicroseconds);
        }
        Report.Figure("lease_server_cpu_per_execution", with.Median() - without.Median(), $"µs of {with.Median():0.0}, medians");
    }

    static async Task CompareAsync(SharedServer server, ClusterDatabase database, int connections, Run run)
    {
        var epoch = (await database.ReadAsync("SELECT epoch FROM schedule_lease", row => row.GetInt64(0)))[0];
        await ExecuteAsync(database, "DROP TABLE IF EXISTS probe; CREATE TABLE probe (id int PRIMARY KEY, version bigint NOT NULL) WITH (fillfactor = 50); INSERT INTO probe SELECT i, 0 FROM generate_series(1, 16) AS i");
        var span = TimeSpan.FromSeconds(run.Quick ? 0.5 : 2);
        List<Cost> with = [], without = [];
        for (var turn = 0; turn < (run.Quick ? 3 : 5); turn++)
        {
            without.Add(await CommitAsync(server, database, connections, span, null, run.Stop));
            with.Add(await CommitAsync(server, database, connections, span, $"CALL schedule_require_epoch({epoch})", run.Stop));
        }
        Report.Note($"  {connections,2} connections: without {Told(without)}; with {Told(with)}");
        Report.Figure($"lease_server_cpu_{connections}_connections", Cpu(with) - Cpu(without), "µs a transaction, medians");
        Report.Figure($"lease_commits_{connections}_connections", Rate(with) / Rate(without) * 100, "% of the commits/s without, medians");

        static double Rate(List<Cost> costs) => costs.ConvertAll(cost => cost.PerSecond).Median();
        static double Cpu(List<Cost> costs) => costs.ConvertAll(cost => cost.ServerMicroseconds).Median();
        static string Told(List<Cost> costs) => $"{Rate(costs),7:N0} commits/s, {Cpu(costs):N1} CPU µs of the server each";
    }

    // The server's own statistics would not do: of a CALL that was prepared they count the first alone.
    static async Task<Cost> CommitAsync(SharedServer server, ClusterDatabase database, int connections, TimeSpan span, string? first, CancellationToken stop)
    {
        server.Meter.Begin();
        var began = Stopwatch.StartNew();
        var commits = await Task.WhenAll(Enumerable.Range(1, connections).Select(id => Task.Run(async () =>
        {
            await using var connection = new NpgsqlConnection(database.ConnectionString);
            await connection.OpenAsync(stop);
            await using var batch = new NpgsqlBatch(connection); // a transaction, as the store sends it
            if (first is not null) batch.BatchCommands.Add(new(first));
            batch.BatchCommands.Add(new("UPDATE probe SET version = version + 1 WHERE id = $1") { Parameters = { new NpgsqlParameter<int> { TypedValue = id } } });
            await batch.PrepareAsync(stop);
            var count = 0;
            for (; began.Elapsed < span; count++) await batch.ExecuteNonQueryAsync(stop);
            return count;
        })));
        return server.Meter.End(commits.Sum());
    }

    static async Task ExecuteAsync(ClusterDatabase database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
