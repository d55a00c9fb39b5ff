using Scheduler.Shards;

namespace Scheduler.Running;

/// <summary>
/// The pages of a run that are processed and not durable: those of the turn under way, which one checkpoint will cover, and the checkpoint
/// of the last turn, under way to the store. With them the rights to have them.
/// </summary>
sealed class Unwritten(Func<ShardCommand, Task<Told<ShardState>>> tell)
{
    readonly List<Slots.Slot> rights = [];
    ShardCommand.Reached? reached; // over the pages of this turn that are done
    Task<Told<ShardState>>? checkpoint;

    /// <summary>Pages of this turn, the one under way included.</summary>
    public int Pages => rights.Count;

    /// <summary>Takes the right to one more page.</summary>
    public void Add(Slots.Slot right) => rights.Add(right);

    /// <summary>A page is done: its checkpoint joins that of the pages before it in this turn.</summary>
    public void Keep(ShardCommand.Reached page) => reached = reached is not { } earlier ? page : page with
    {
        Rows = earlier.Rows + page.Rows,
        Pages = earlier.Pages + page.Pages,
        DeadLetters = [.. earlier.DeadLetters, .. page.DeadLetters],
    };

    /// <summary>The checkpoint over what this turn did, for whoever tells it with something else; null: it did nothing.</summary>
    public ShardCommand.Reached? Take()
    {
        var taken = reached;
        reached = null;
        return taken;
    }

    /// <summary>Has what this turn did made durable; its rights are held until then, but for those of pages <paramref name="underWay"/>.</summary>
    public void Tell(int underWay = 0)
    {
        if (Take() is not { } done) return;
        var pages = rights.Count - underWay;
        checkpoint = HoldAsync(rights.GetRange(0, pages), tell(done));
        rights.RemoveRange(0, pages);
    }

    /// <summary>Waits for the checkpoint that is under way; what it came to, or null where there is none.</summary>
    public async ValueTask<Told<ShardState>?> DurableAsync()
    {
        if (checkpoint is not { } last) return null;
        checkpoint = null;
        return await last;
    }

    /// <summary>The run ends where it can be gone on with: whoever stops it, or takes it over, waits for what is done to be written.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            Tell();
            await DurableAsync();
        }
        catch (SchedulerException)
        {
            // The store cannot keep how far this page goes: whoever goes on comes to it again, and says so.
        }
    }

    /// <summary>The run ends in the middle of a turn, whoever wants it: the rows of its pages that are done are processed.</summary>
    public void GiveUp()
    {
        try
        {
            Tell();
        }
        catch (NotDurableException)
        {
            // The entity is elsewhere: they come again there.
        }
        Release();
    }

    /// <summary>Lets go of the rights of this turn.</summary>
    public void Release()
    {
        foreach (var right in rights) right.Dispose();
        rights.Clear();
    }

    static async Task<Told<ShardState>> HoldAsync(List<Slots.Slot> rights, Task<Told<ShardState>> durable)
    {
        try
        {
            return await durable;
        }
        finally
        {
            foreach (var right in rights) right.Dispose();
        }
    }
}
