namespace Scheduler.Running;

/// <summary>The entities that are in this process's memory, all together.</summary>
public interface IResidents
{
    /// <summary>Who wakes them; null: nobody yet.</summary>
    Sweeper? Wakes { get; set; }

    /// <summary>Gives every entity up: their runs are cancelled. Whoever is addressed next starts from the stored state.</summary>
    void AbandonAll(string reason);

    /// <summary>Cancels every run; ends when they have.</summary>
    Task StopRunsAsync();
}
