using Scheduler.Conformance.Stores;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler.Tests.Storage;

public sealed class SqliteStoreTests : StoreConformance
{
    readonly TemporaryFolder folder = new();

    protected override async Task<IStore> OpenAsync() => await SchedulerStore.OpenSqliteAsync(folder.File("scheduler.db"));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Dispose();
    }
}
