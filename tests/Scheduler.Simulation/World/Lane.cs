namespace Scheduler.Simulation;

/// <summary>
/// Where the work of one process runs: everything that it awaits goes on here. A paused lane stands still while time goes on; a dead one
/// drops whatever comes, so that nothing that the process had begun goes on.
/// </summary>
sealed class Lane(World world, string name) : SynchronizationContext
{
    readonly List<(SendOrPostCallback Work, object? State)> held = [];

    public string Name => name;

    public World World => world;

    public bool Paused { get; private set; }

    public bool Dead { get; private set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        world.AssertInside();
        if (Dead) return;
        if (Paused) held.Add((d, state));
        else world.Enqueue(new(this, d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new InvalidOperationException("expected work to be posted, somebody waits for it in the middle of a step");

    public override SynchronizationContext CreateCopy() => this;

    public void Post(Action work) => Post(static state => ((Action)state!)(), work);

    /// <summary>Starts some asynchronous work; what it throws is a defect of whoever wrote it.</summary>
    public void Start(Func<Task> work) => Post(() =>
    {
        var running = work();
        if (!running.IsCompletedSuccessfully) _ = WatchAsync(running);
    });

    async Task WatchAsync(Task running)
    {
        try
        {
            await running;
        }
        catch (Exception defect)
        {
            if (!Dead) world.Defect($"{name}: work in the background threw {defect.GetType().Name}: {defect.Message}", defect);
        }
    }

    public void Pause()
    {
        Paused = true;
        world.TakeOf(this, held);
    }

    public void Resume()
    {
        Paused = false;
        foreach (var (work, state) in held) world.Enqueue(new(this, work, state));
        held.Clear();
    }

    public void Die()
    {
        Dead = true;
        held.Clear();
        world.TakeOf(this, []);
    }
}

/// <summary>Something that is ready to run.</summary>
readonly record struct Work(Lane Lane, SendOrPostCallback Callback, object? State);
