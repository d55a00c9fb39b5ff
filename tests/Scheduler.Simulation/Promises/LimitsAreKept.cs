using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>No more executions run at once than their task, their key and their tenant say; and who waits is not forgotten while there is room.</summary>
sealed class LimitsAreKept : Promise
{
    public override void Written(Stored<TaskState>? old, Stored<TaskState> next)
    {
        var width = Width(next.State);
        var (before, now) = (old is null ? 0 : Going(old.State), Going(next.State));
        Expect(now <= Math.Max(width, before), next.State.Definition.Name, () => $"{now} of its executions may run at once, expected at most {width}");
        // One that is to stop keeps its place until its end is heard, whether it ever ran or not.
        Expect(now >= width || next.State.Open.Any(open => open.CancelBecause is not null) || next.State.Open.All(open => open.Go), next.State.Definition.Name, () => $"{now} of its executions run, {width} may, and others wait");
    }

    public override void Written(Stored<TenantState>? old, Stored<TenantState> next)
    {
        var state = next.State;
        var entered = state.Running.Where(each => old is null || old.State.Running.All(known => known.Execution != each.Execution)).ToArray();
        Expect(entered.Length == 0 || !(state.Running.Length > state.Limit), state.Name.Value, () => $"{state.Running.Length} executions run at once, expected at most {state.Limit}");
        foreach (var each in entered.Where(each => each.Key is not null))
        {
            if (!Store.Executions.TryGetValue(each.Execution, out var stored)) continue; // purged: it leaves as soon as it is asked
            // Those behind it were let in later, perhaps by a wider limit of theirs.
            var count = state.Running.Take(state.Running.IndexOf(each) + 1).Count(other => other.Key == each.Key);
            Expect(count <= stored.State.Seed.KeyLimit, each.Execution.Value, () => $"it is one of {count} that run with key {each.Key}, expected at most {stored.State.Seed.KeyLimit}");
        }
        foreach (var each in state.Waiting)
            Expect(!TenantDecider.HasRoom(state, each.Key, each.KeyLimit), each.Execution.Value, () => "it waits, and there is room for it");
        Expect(state.Waiting.Length <= Simulation.Limits.Tenants.Waiting, state.Name.Value, () => $"{state.Waiting.Length} executions wait");
    }

    public override void CodeBegan(Call call)
    {
        // A run that was given up is nobody's; the store knows it by a higher token.
        if (!Store.Executions.TryGetValue(new(call.Execution), out var stored) || stored.State.HasEnded) return;
        var seed = stored.State.Seed;
        if (seed.ConcurrencyKey is null && stored.State.Admission == Admission.None) return;
        Expect(Store.Tenants.TryGetValue(seed.Tenant, out var tenant) && tenant.State.Running.Any(each => each.Execution == seed.Id), call.Execution, () => $"its code runs, and its tenant has not let it in (key {seed.ConcurrencyKey})");
    }

    /// <summary>The words of those that left may be lost: they are looked for.</summary>
    public override void Ended()
    {
        foreach (var tenant in Store.Tenants.Values)
            Expect(tenant.State.Running.IsEmpty && tenant.State.Waiting.IsEmpty, tenant.State.Name.Value, () => $"{tenant.State.Running.Length} executions have a place, {tenant.State.Waiting.Length} wait for one, though all has ended");
    }

    static int Going(TaskState state) => state.Open.Count(open => open.Go && open.Seed.SkippedBecause is null);

    static int Width(TaskState state) => state.Definition.Overlap != OverlapPolicy.Allow ? 1 : state.Definition.Concurrency?.PerTask ?? int.MaxValue;
}
