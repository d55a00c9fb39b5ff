using System.Data.Common;
using MySqlConnector;
using Scheduler.Conformance.Clients;
using Scheduler.Conformance.Servers;
using Scheduler.Storage;
using Scheduler.Tests.Embedded;
using Scheduler.Tests.Embedded.Incremental;

namespace Scheduler.Cluster.Tests.MySql;

[Collection("MariaDB"), NeedsMariaDb]
public sealed class CodeOnMySqlTests(MariaDbServer server) : Scheduler.Tests.Embedded.CodeTests
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();
}

[Collection("MariaDB"), NeedsMariaDb]
public sealed class PollingOnMySqlTests(MariaDbServer server) : PollingTests
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();

    [StoreFact]
    public async Task One_process_has_the_database()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        using (await MySqlLock.AcquireAsync(source, default))
        {
            Assert.Contains("expected to be the only scheduler on database", (await Assert.ThrowsAsync<StoreInUseException>(() => MySqlLock.AcquireAsync(source, default))).Message, StringComparison.Ordinal);
            await using var other = new MySqlDataSource(await server.DatabaseAsync());
            (await MySqlLock.AcquireAsync(other, default)).Dispose();
        }
        (await MySqlLock.AcquireAsync(source, default)).Dispose();
    }
}

/// <summary>The scheduler itself on a MariaDB database of its own.</summary>
public sealed class MySqlSchedulerHost(MariaDbServer server) : SchedulerHost
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();

    public override Task InitializeAsync() => MariaDbServer.Missing is null ? base.InitializeAsync() : Task.CompletedTask;

    public override Task DisposeAsync() => MariaDbServer.Missing is null ? base.DisposeAsync() : Task.CompletedTask;
}

[Collection("MariaDB"), NeedsMariaDb]
public sealed class DirectOnMySqlConformance(MySqlSchedulerHost host) : ClientConformance, IClassFixture<MySqlSchedulerHost>
{
    protected override Task<ISchedulerClient> OpenAsync() => Task.FromResult(host.Direct);
}

/// <summary>A handler of a user's own that reads tables of MariaDB.</summary>
[Collection("MariaDB"), NeedsMariaDb]
public sealed class MySqlSourceTests(MariaDbServer server) : SourceTests
{
    string connectionString = "";

    protected override (string, string, string, string, string) Types => ("bigint", "varchar(100)", "char(36)", "datetime(6)", "datetime");

    protected override string Now => "now(6)";

    protected override string Upsert => "ON DUPLICATE KEY UPDATE version = VALUES(version), updated_at = VALUES(updated_at)";

    protected override char Quotes => '`';

    protected override DbConnection Connect() => new MySqlConnection(connectionString);

    protected override object Native(DateTimeOffset time, bool seconds = false) => time.UtcDateTime;

    protected override string Epoch(int perSecond) => $"CAST(FLOOR(UNIX_TIMESTAMP(now(6)) * {perSecond}) AS SIGNED)";

    public override async Task InitializeAsync() => connectionString = await server.DatabaseAsync();

    public override Task DisposeAsync() => Task.CompletedTask;
}

static class MySqlStores
{
    /// <summary>A store in a database that nobody has used.</summary>
    public static async Task<Action<SchedulerOptions>> StoreAsync(this MariaDbServer server)
    {
        var source = new MySqlDataSource(await server.DatabaseAsync()); // its pool ends with the server
        return options => options.UseMySql(source).Limits(limits => limits with { LeaseFor = TimeSpan.FromMinutes(1) }); // whoever tests its loss says so
    }
}
