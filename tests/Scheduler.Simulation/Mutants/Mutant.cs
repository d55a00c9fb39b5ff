using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>A deliberate fault around what was shipped; the promises must notice it within so many seeds.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Seeds">How many seeds it may live.</param>
record Mutant(string Name, int Seeds)
{
    public static Mutant None { get; } = new("none", 0);

    public virtual Deciders Deciders(Process process, Deciders deciders) => deciders;

    /// <summary>Around the store that all share.</summary>
    public virtual IStore Shared(IStore store) => store;

    /// <summary>Around one process's way to the store.</summary>
    public virtual IStore Store(Process process, IStore store) => store;

    public virtual IRouter Router(Process process, IRouter router) => router;

    public virtual IHandlers Handlers(Process process, IHandlers handlers) => handlers;

    public virtual IRandom Random(Process process, IRandom random) => random;
}
