using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using Scheduler.Conformance.Servers;
using Scheduler.Storage;

namespace Scheduler.Cluster.Tests.MySql;

/// <summary>The right to be the only process on a MariaDB database, when the server is started anew, and when another process is faster.</summary>
[NeedsMariaDb]
public sealed class LockTests(MariaDbServer server) : IClassFixture<MariaDbServer>
{
    const string Name = "CONCAT('schedule_only_', MD5(DATABASE()))";

    [StoreFact]
    public async Task After_a_restart_of_the_server_the_process_has_its_lock_again_and_goes_on()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        using var host = await StartAsync(source);
        var client = host.Services.GetRequiredService<ISchedulerClient>();
        await client.CreateTaskAsync(new() { Name = "often", Schedule = new() { Every = TimeSpan.FromSeconds(1) }, Handler = new() { Code = new() { Handler = "echo" } } });
        await RunsAsync(client);

        await server.StopAsync(); // shorter than a lease, so that nothing but the lock tells of it
        await server.StartAsync();
        await Silos.UntilAsync(async () => await HolderAsync(source) is not null, () => "the lock to be taken again");
        await RunsAsync(client);
        Assert.Contains("another process has it", (await Assert.ThrowsAsync<StoreInUseException>(() => MySqlLock.AcquireAsync(source, default))).Message, StringComparison.Ordinal);
        await host.StopAsync();
        (await MySqlLock.AcquireAsync(source, default)).Dispose();
    }

    [StoreFact]
    public async Task A_process_whose_lock_another_has_got_runs_nothing_until_it_has_it_again()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        using var host = await StartAsync(source);
        var client = host.Services.GetRequiredService<ISchedulerClient>();
        await client.CreateTaskAsync(new() { Name = "often", Schedule = new() { Every = TimeSpan.FromSeconds(1) }, Handler = new() { Code = new() { Handler = "echo" } } });
        await RunsAsync(client);

        await using (var other = await source.OpenConnectionAsync())
        {
            await using var command = other.CreateCommand();
            command.CommandText = $"SELECT GET_LOCK({Name}, 30)";
            var waiting = command.ExecuteScalarAsync(); // next in line
            await using (var killer = source.CreateCommand($"KILL {await HolderAsync(source)}")) await killer.ExecuteNonQueryAsync();
            Assert.Equal(1L, Convert.ToInt64(await waiting, null));

            await Silos.UntilAsync(async () => (await HealthAsync(host)).Status == HealthStatus.Unhealthy, () => "the process to know that its lock is lost");
            var refusal = await Assert.ThrowsAsync<SchedulerException>(() => client.TriggerTaskAsync("often"));
            Assert.Equal(SchedulerErrorKind.Unavailable, refusal.Kind);
            Assert.Contains("has lost the database's lock", refusal.Message, StringComparison.Ordinal);
            var seen = await CountAsync(client); // reads are served
            await Task.Delay(TimeSpan.FromSeconds(2.5)); // two occurrences would have come
            Assert.Equal(seen, await CountAsync(client));
            command.CommandText = $"SELECT RELEASE_LOCK({Name})";
            await command.ExecuteScalarAsync();
        }
        await Silos.UntilAsync(async () => (await HealthAsync(host)).Status == HealthStatus.Healthy, () => "the process to be active again");
        await RunsAsync(client);
        await host.StopAsync();
    }

    [StoreFact]
    public async Task A_connection_that_is_silent_is_given_up_and_the_lock_taken_again()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        await using var proxy = new Scheduler.Tests.Server.StallingProxy(server.Port);
        var through = new MySqlConnectionStringBuilder(source.ConnectionString) { Port = (uint)proxy.Port, SslMode = MySqlSslMode.None };
        await using var far = new Retried(through.ConnectionString, new MySqlConnectionStringBuilder(through.ConnectionString) { ConnectionTimeout = 2 }.ConnectionString);
        using var only = await MySqlLock.AcquireAsync(far, default);
        var holder = await HolderAsync(source);
        proxy.Stall();
        await only.LostAsync(default); // there is no answer
        Assert.Equal(holder, await HolderAsync(source));
        proxy.Resume();
        await Silos.UntilAsync(async () =>
        {
            try
            {
                return await only.TryRetakeAsync(default);
            }
            catch (MySqlException)
            {
                return false;
            }
        }, () => "the lock to be taken again");
        Assert.NotEqual(holder, await HolderAsync(source));
    }

    /// <summary>The first connection may take its time; those after it are tried again.</summary>
    sealed class Retried(string first, string then) : DbDataSource
    {
        int made;

        public override string ConnectionString => first;

        protected override DbConnection CreateDbConnection() => new MySqlConnection(Interlocked.Increment(ref made) == 1 ? first : then);
    }

    static async Task<IHost> StartAsync(MySqlDataSource source)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddProvider(TestLog.Instance);
        builder.Services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters));
        builder.Services.AddScheduler(options => options.UseMySql(source).Limits(limits => limits with { LeaseFor = TimeSpan.FromMinutes(1) })); // longer than a restart
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    static async Task<HealthReportEntry> HealthAsync(IHost host) => (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["scheduler"];

    /// <summary>Which connection has the lock; null: none.</summary>
    static async Task<long?> HolderAsync(MySqlDataSource source)
    {
        await using var command = source.CreateCommand($"SELECT IS_USED_LOCK({Name})");
        return await command.ExecuteScalarAsync() is var holder and not (null or DBNull) ? Convert.ToInt64(holder, null) : null;
    }

    static async Task<int> CountAsync(ISchedulerClient client) => (await client.ListExecutionsAsync(new() { Task = "often", Status = ExecutionStatus.Succeeded, Limit = 1000 })).Items.Count;

    /// <summary>Waits until executions end that have not by now.</summary>
    static async Task RunsAsync(ISchedulerClient client)
    {
        int? before = null, now = null;
        await Silos.UntilAsync(async () =>
        {
            try
            {
                now = await CountAsync(client);
                before ??= now;
            }
            catch (SchedulerException failure) when (failure.Kind == SchedulerErrorKind.Unavailable)
            {
                // It is on its way.
            }
            return now > before;
        }, () => $"executions to end, got {now} as before");
    }
}
