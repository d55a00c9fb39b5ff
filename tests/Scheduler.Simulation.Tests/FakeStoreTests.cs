using System.Reflection;
using System.Runtime.ExceptionServices;
using Scheduler.Conformance.Stores;
using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>The store that the simulator runs on behaves as the real ones do.</summary>
public sealed class FakeStoreTests : StoreConformance
{
    protected override Task<IStore> OpenAsync()
    {
        var store = DispatchProxy.Create<IStore, OneCallAtATime>();
        ((OneCallAtATime)store).Store = new FakeStore(() => TimeProvider.System.GetUtcNow());
        return Task.FromResult(store);
    }

    /// <summary>The simulator has one thread, and its store needs no lock; the suite has many. A call has come to its end when it returns.</summary>
    public class OneCallAtATime : DispatchProxy
    {
        readonly Lock gate = new();

        internal IStore Store { get; set; } = null!;

        protected override object? Invoke(MethodInfo? method, object?[]? arguments)
        {
            lock (gate)
            {
                try
                {
                    return method!.Invoke(Store, arguments);
                }
                catch (TargetInvocationException thrown) when (thrown.InnerException is { } inner)
                {
                    ExceptionDispatchInfo.Throw(inner);
                    throw;
                }
            }
        }
    }
}
