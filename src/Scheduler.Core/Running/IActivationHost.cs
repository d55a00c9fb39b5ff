namespace Scheduler.Running;

/// <summary>The place that a host gives to an activation.</summary>
public interface IActivationHost
{
    /// <summary>Runs a turn where this entity's turns run, never inside this call.</summary>
    void Turn(Node node, Func<Task> turn);

    /// <summary>Writes a state; throws where it is not known what became of it.</summary>
    Task<WriteOutcome> WriteAsync(Node node, EntityWrite write);

    /// <summary>The entity wants to be woken at or after this time.</summary>
    void WakeAt(Node node, DateTimeOffset time);

    /// <summary>Nothing is asked of the activation: it may be closed.</summary>
    void Rested(Node node);

    /// <summary>The activation closed itself: the next command belongs to another.</summary>
    void Left(Node node);
}
