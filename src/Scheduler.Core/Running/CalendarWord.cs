using Microsoft.Extensions.Logging;
using Scheduler.Schedules;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>
/// Brings calendars to the tasks that go by them. Who changes one has all its tasks told; what a crash leaves of that is done by any node's
/// next look. A task that took up a calendar at that very moment asks after it a little later.
/// </summary>
public sealed class CalendarWord(Node node)
{
    /// <summary>Tells every task of each calendar that not all have heard of.</summary>
    public async Task SpreadAsync(CancellationToken cancellationToken)
    {
        foreach (var calendar in await node.Store.UntoldCalendarsAsync(node.Limits.ReadBatch, cancellationToken)) await SpreadAsync(calendar, cancellationToken);
    }

    /// <summary>Tells every task that goes by a calendar how it stands. Fails where one was not told.</summary>
    public async Task SpreadAsync(StoredCalendar calendar, CancellationToken cancellationToken)
    {
        if (calendar.Definition is { } definition)
        {
            var known = new TaskCalendar(calendar.Revision, definition);
            await foreach (var task in UsersAsync(calendar.Tenant, calendar.Name, cancellationToken))
                if (task.State.Calendars.Any(each => each.Name == known.Name && each.Revision < known.Revision))
                    await node.Router.AskAsync(task.State.Id, new TaskCommand.CalendarsHeard(node.Clock.Now, [known], AreAll: false));
        }
        await node.Store.ToldCalendarAsync(calendar, cancellationToken);
    }

    /// <summary>The living tasks that go by a calendar; read page by page.</summary>
    public async IAsyncEnumerable<Stored<TaskState>> UsersAsync(string tenant, string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long after = 0; ;)
        {
            var tasks = await node.Store.CalendarTasksAsync(tenant, after, node.Limits.ReadBatch, cancellationToken);
            foreach (var task in tasks.Where(each => each.State.Definition.Schedule?.Calendars?.Contains(name) == true)) yield return task;
            if (tasks.Count < node.Limits.ReadBatch) yield break;
            after = tasks[^1].State.Id;
        }
    }

    /// <summary>Tells one task how the calendars stand that its schedule names. It asks again where that fails.</summary>
    public async Task AnswerAsync(TaskState task)
    {
        try
        {
            var known = await FindAsync(task.Tenant, task.Definition.Schedule?.Calendars ?? [], CancellationToken.None);
            node.Router.Send(task.Id, new TaskCommand.CalendarsHeard(node.Clock.Now, [.. known.OfType<TaskCalendar>()], AreAll: true));
        }
        catch (Exception failure)
        {
            node.Log.LogWarning("Task {Task}: its calendars could not be looked up, it goes by those that it knows and asks again: {Reason}", task.Definition.Name, Failures.Text(failure));
        }
    }

    /// <summary>Calendars by name, in that order; null in place of one that does not exist.</summary>
    public async Task<IReadOnlyList<TaskCalendar?>> FindAsync(string tenant, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        List<TaskCalendar?> found = [];
        foreach (var name in names)
            found.Add(await node.Store.FindCalendarAsync(tenant, name, cancellationToken) is { Definition: { } definition } calendar ? new(calendar.Revision, definition) : null);
        return found;
    }
}
