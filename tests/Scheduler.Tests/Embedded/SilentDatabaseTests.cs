using Npgsql;
using Scheduler.Conformance.Servers;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

/// <summary>A database from which no answer comes, and no error either.</summary>
[Collection("PostgreSQL"), NeedsPostgres]
public sealed class SilentDatabaseTests(PostgresServer server)
{
    /// <summary>How long the driver, a read and a write have patience each, and how soon an answer is there without them: much later than that, on however busy a machine.</summary>
    static readonly TimeSpan patience = TimeSpan.FromMinutes(5), withoutThem = TimeSpan.FromMinutes(1);

    /// <summary>How often the node beats, and how long its lease lasts: as long as that it is not known that the database is silent.</summary>
    static readonly TimeSpan beatEvery = TimeSpan.FromSeconds(0.5), lease = TimeSpan.FromSeconds(5);

    [StoreFact]
    public async Task Who_asks_is_answered_within_the_lease_and_at_once_when_it_is_over()
    {
        await using var proxy = new StallingProxy(server.Port);
        var connectionString = new NpgsqlConnectionStringBuilder(await server.SchemaAsync()) { Port = proxy.Port, CommandTimeout = (int)patience.TotalSeconds, Timeout = (int)patience.TotalSeconds }.ConnectionString;
        await using var host = await Host.StartAsync(services => services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters)), options => options
            .UsePostgreSql(connectionString)
            .Limits(limits => limits with { CommitPatience = patience, BeatEvery = beatEvery, LeaseFor = lease }));
        await host.Client.CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("t")).ExecutionId);
        Assert.Equal(ExecutionStatus.Succeeded, ended.Status);

        proxy.Stall();
        await Task.WhenAll(RefusedAsync(() => host.Client.GetTaskAsync("t")), RefusedAsync(() => host.Client.PauseTaskAsync("t")), RefusedAsync(() => host.Client.TriggerTaskAsync("t")));
        foreach (var call in (Func<Task>[])[() => host.Client.ListExecutionsAsync(new()), () => host.Client.PauseTaskAsync("t"), () => host.Client.TriggerTaskAsync("t"), () => host.Client.PauseTenantAsync("another")])
            await RefusedAsync(call);

        proxy.Resume();
        await Eventually.GetAsync("an answer", async () =>
        {
            try
            {
                return await host.Client.TriggerTaskAsync("t");
            }
            catch (SchedulerException failure) when (failure.Kind == SchedulerErrorKind.Unavailable)
            {
                return null;
            }
        });
    }

    static async Task RefusedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<SchedulerException>(() => call().WaitAsync(withoutThem));
        Assert.Equal(SchedulerErrorKind.Unavailable, refusal.Kind);
    }
}
