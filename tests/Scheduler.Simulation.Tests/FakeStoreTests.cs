using Scheduler.Conformance.Stores;
using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>The store that the simulator runs on behaves as the real ones do.</summary>
public sealed class FakeStoreTests : StoreConformance
{
    protected override Task<IStore> OpenAsync() => Task.FromResult<IStore>(new FakeStore(() => TimeProvider.System.GetUtcNow()));
}
