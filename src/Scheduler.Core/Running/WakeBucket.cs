using Scheduler.Executions;

namespace Scheduler.Running;

/// <summary>A part of all tasks and executions: those that one node of several looks after while they sleep.</summary>
/// <param name="Index">Which part: 0 to <paramref name="Of"/> − 1.</param>
/// <param name="Of">How many parts there are: 1 to <see cref="Most"/>.</param>
public readonly record struct WakeBucket(int Index, int Of)
{
    /// <summary>Parts that there may be.</summary>
    public const int Most = 256;

    /// <summary>The only part.</summary>
    public static WakeBucket All => new(0, 1);

    /// <summary>Whether it is the only part.</summary>
    public bool IsAll => Of <= 1;

    /// <summary>Whether the task is in it.</summary>
    public bool Has(long taskId) => IsAll || taskId % Of == Index;

    /// <summary>Whether the execution is in it: its last two digits say so.</summary>
    public bool Has(ExecutionId execution) => IsAll || Convert.ToInt32(execution.Value[^2..], 16) % Of == Index;

    /// <summary>The last two digits of the executions that are in it, separated by commas.</summary>
    public string Endings
    {
        get
        {
            var (index, of) = this;
            return string.Join(',', Enumerable.Range(0, Most).Where(ending => ending % of == index).Select(ending => ending.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
        }
    }
}
