using System.Diagnostics;
using Npgsql;
using Scheduler.Conformance.Servers;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

/// <summary>A database from which no answer comes, and no error either.</summary>
[Collection("PostgreSQL"), NeedsPostgres]
public sealed class SilentDatabaseTests(PostgresServer server)
{
    /// <summary>The lease of a node (4 s), and what a busy machine needs on top of it; the driver alone waits for 15 s and more. At once: less than a lease.</summary>
    static readonly TimeSpan answersWithin = TimeSpan.FromSeconds(8), atOnce = TimeSpan.FromSeconds(3.5);

    [StoreFact]
    public async Task Who_asks_is_answered_within_the_lease_and_at_once_when_it_is_over()
    {
        await using var proxy = new StallingProxy(server.Port);
        var connectionString = new NpgsqlConnectionStringBuilder(await server.SchemaAsync()) { Port = proxy.Port }.ConnectionString;
        await using var host = await Host.StartAsync(services => services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters)), options => options.UsePostgreSql(connectionString));
        await host.Client.CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("t")).ExecutionId);
        Assert.Equal(ExecutionStatus.Succeeded, ended.Status);

        proxy.Stall();
        await Task.WhenAll(RefusedAsync(answersWithin, () => host.Client.GetTaskAsync("t")), RefusedAsync(answersWithin, () => host.Client.PauseTaskAsync("t")), RefusedAsync(answersWithin, () => host.Client.TriggerTaskAsync("t")));
        foreach (var call in (Func<Task>[])[() => host.Client.ListExecutionsAsync(new()), () => host.Client.PauseTaskAsync("t"), () => host.Client.TriggerTaskAsync("t"), () => host.Client.PauseTenantAsync("another")])
            await RefusedAsync(atOnce, call);

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

    static async Task RefusedAsync(TimeSpan within, Func<Task> call)
    {
        var waited = Stopwatch.StartNew();
        var refusal = await Assert.ThrowsAsync<SchedulerException>(call);
        Assert.Equal(SchedulerErrorKind.Unavailable, refusal.Kind);
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, within);
    }
}
