using MySqlConnector;
using Scheduler.Conformance.Servers;
using Scheduler.Conformance.Stores;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Storage.Dialects;

namespace Scheduler.Cluster.Tests.MySql;

[CollectionDefinition("MariaDB")]
public sealed class MariaDbCollection : ICollectionFixture<MariaDbServer>;

[Collection("MariaDB"), NeedsMariaDb]
public sealed class MySqlStoreTests(MariaDbServer server) : StoreConformance
{
    MySqlDataSource source = null!;

    protected override async Task<IStore> OpenAsync() => await SchedulerStore.OpenAsync(source = new(await server.DatabaseAsync()), Dialect.MySql);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await source.DisposeAsync();
    }
}
