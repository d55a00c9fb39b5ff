using Scheduler.Conformance.Servers;
using Scheduler.Conformance.Stores;
using Scheduler.Running;
using Scheduler.Storage;
using Xunit;

namespace Scheduler.Tests.Storage;

[CollectionDefinition("PostgreSQL")]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class PostgreSqlStoreTests(PostgresServer server) : StoreConformance
{
    protected override async Task<IStore> OpenAsync() => await SchedulerStore.OpenPostgreSqlAsync(await server.SchemaAsync());
}
