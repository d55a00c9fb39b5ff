namespace Scheduler.Simulation;

/// <summary>A node that is drained gives slots back and takes none.</summary>
sealed class DrainedBeginsNothing : Promise
{
    readonly Dictionary<Process, int> used = [];

    public override void Stepped()
    {
        foreach (var process in Simulation.Network.Members)
        {
            if (process.IsDead || !process.Node.Slots.IsDraining)
            {
                used.Remove(process);
                continue;
            }
            var now = process.Node.Slots.Used;
            if (used.TryGetValue(process, out var before)) Expect(now <= before, process.Id, () => $"it is drained, and {now} slots are in use after {before}");
            used[process] = now;
        }
    }
}
