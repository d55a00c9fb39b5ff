using Scheduler.Conformance.Clients;
using Scheduler.Conformance.Servers;

namespace Scheduler.Tests.Embedded;

/// <summary>The scheduler itself on a PostgreSQL database of its own.</summary>
public sealed class PostgreSqlSchedulerHost(PostgresServer server) : SchedulerHost
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();

    public override Task InitializeAsync() => PostgresServer.Missing is null ? base.InitializeAsync() : Task.CompletedTask;

    public override Task DisposeAsync() => PostgresServer.Missing is null ? base.DisposeAsync() : Task.CompletedTask;
}

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class DirectOnPostgreSqlConformance(PostgreSqlSchedulerHost host) : ClientConformance, IClassFixture<PostgreSqlSchedulerHost>
{
    protected override Task<ISchedulerClient> OpenAsync() => Task.FromResult(host.Direct);
}

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class HttpOnPostgreSqlConformance(PostgreSqlSchedulerHost host) : ClientConformance, IClassFixture<PostgreSqlSchedulerHost>
{
    protected override Task<ISchedulerClient> OpenAsync() => Task.FromResult(host.OverHttp);
}
