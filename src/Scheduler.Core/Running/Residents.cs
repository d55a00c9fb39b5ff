namespace Scheduler.Running;

/// <summary>The entities of one kind that are in this process's memory.</summary>
/// <typeparam name="TKey">The entity's key.</typeparam>
/// <typeparam name="TState">The entity's state.</typeparam>
/// <typeparam name="TCommand">Its commands.</typeparam>
/// <typeparam name="TEffect">Its effects.</typeparam>
/// <param name="resting">How many may stay although nothing is asked of them.</param>
/// <param name="stays">Which of those may: something is going to be asked of it.</param>
/// <param name="create">Makes an activation.</param>
/// <param name="wake">Is told when an entity wants to be woken.</param>
public sealed class Residents<TKey, TState, TCommand, TEffect>(int resting, Func<TState, bool> stays,
    Func<TKey, IActivationHost, Stored<TState>?, Activation<TKey, TState, TCommand, TEffect>> create, Action<TKey, DateTimeOffset> wake)
    where TKey : struct where TState : class
{
    sealed class Place(Residents<TKey, TState, TCommand, TEffect> owner, TKey key) : IActivationHost
    {
        public Activation<TKey, TState, TCommand, TEffect> Activation { get; set; } = null!;

        public void Turn(Node node, Func<Task> turn) => node.Background.Start(turn);

        public Task<WriteOutcome> WriteAsync(Node node, EntityWrite write) => node.Committer.WriteAsync(write);

        public void WakeAt(Node node, DateTimeOffset time) => owner.wake(key, time);

        public void Rested(Node node) => owner.Rested(key, this);

        public void Left(Node node) => owner.Remove(key, this);
    }

    readonly Action<TKey, DateTimeOffset> wake = wake;

    // A dictionary under a lock, not a concurrent one: its order of enumeration follows from its history, which a simulation repeats.
    readonly Dictionary<TKey, Place> places = [];
    readonly Lock gate = new();

    /// <summary>How many there are.</summary>
    public int Count
    {
        get { lock (gate) return places.Count; }
    }

    /// <summary>Whether the entity is here.</summary>
    public bool Holds(TKey key)
    {
        lock (gate) return places.ContainsKey(key);
    }

    /// <summary>Tells the entity; it moves in where it is not here.</summary>
    public Task<Told<TState>> TellAsync(TKey key, TCommand command, Stored<TState>? known)
    {
        while (true)
        {
            Place? place;
            lock (gate)
            {
                if (!places.TryGetValue(key, out place))
                {
                    place = new(this, key);
                    place.Activation = create(key, place, known);
                    places.Add(key, place);
                }
            }
            if (known is not null && place.Activation.AbandonBehind(known.Version)) continue;
            if (place.Activation.TryTell(command) is { } told) return told;
            Remove(key, place);
            known = null; // whoever left may have written since it was read
        }
    }

    /// <summary>Gives every entity up.</summary>
    public void AbandonAll(string reason)
    {
        foreach (var place in All()) place.Activation.Abandon(reason);
    }

    /// <summary>Gives up the entities that <paramref name="gone"/> names.</summary>
    public void AbandonWhere(Func<TKey, bool> gone, string reason)
    {
        foreach (var place in All())
            if (gone(place.Activation.Key)) place.Activation.Abandon(reason);
    }

    /// <summary>Cancels every run; ends when they have.</summary>
    public Task StopAsync() => All().Select(place => place.Activation.StopAsync()).AllAsync();

    Place[] All()
    {
        lock (gate) return [.. places.Values];
    }

    void Rested(TKey key, Place place)
    {
        if (place.Activation.State is { } state && stays(state))
            lock (gate) if (places.Count <= resting) return;
        if (place.Activation.TryClose()) Remove(key, place);
    }

    void Remove(TKey key, Place place)
    {
        lock (gate) if (places.TryGetValue(key, out var present) && ReferenceEquals(present, place)) places.Remove(key);
    }
}
