namespace Scheduler.Simulation;

/// <summary>Where processes only ever stop in an orderly way, no row is processed twice: what is processed is written before they end.</summary>
sealed class StopsRepeatNothing : Promise
{
    public override void Ended()
    {
        if (Simulation.Faults.Flavour != Flavour.StopsOnly) return;
        Expect(Simulation.Repeated == 0, "", () => $"{Simulation.Repeated} rows were processed again after {Simulation.Faults.Total} orderly stops and slow answers");
    }
}
