namespace Scheduler.Simulation;

/// <summary>Where a scheduler in one process only ever stops in an orderly way, no row is processed twice: what is processed is written before it ends.</summary>
sealed class StopsRepeatNothing : Promise
{
    public override void Ended()
    {
        // Where nodes come and go an entity may be in two of them for a while.
        if (Simulation.Faults.Flavour != Flavour.StopsOnly || Simulation.Changes > 0) return;
        Expect(Simulation.Repeated == 0, "", () => $"{Simulation.Repeated} rows were processed again after {Simulation.Faults.Total} orderly stops and slow answers");
    }
}
