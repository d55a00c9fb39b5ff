using Scheduler.Conformance.Servers;

namespace Scheduler.Tests.Embedded;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class CodeOnPostgreSqlTests(PostgresServer server) : CodeTests
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();
}

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class PollingOnPostgreSqlTests(PostgresServer server) : PollingTests
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();
}

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class LogsOnPostgreSqlTests(PostgresServer server) : LogTests
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();
}

static class PostgreSqlStores
{
    /// <summary>A store in a schema that nobody has used.</summary>
    public static async Task<Action<SchedulerOptions>> StoreAsync(this PostgresServer server)
    {
        var connectionString = await server.SchemaAsync();
        return options => options.UsePostgreSql(connectionString);
    }
}
