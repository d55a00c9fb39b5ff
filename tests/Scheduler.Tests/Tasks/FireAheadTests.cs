using Scheduler.Executions;
using Scheduler.Schedules;
using Scheduler.Tasks;
using static Scheduler.Tests.Tasks.TaskSamples;

namespace Scheduler.Tests.Tasks;

/// <summary>Occurrences that are decided on a moment before they start.</summary>
public class FireAheadTests
{
    static readonly TaskLimits ahead = Limits with { FireAhead = TimeSpan.FromMilliseconds(10) };
    static readonly DateTimeOffset early = Noon.AddMilliseconds(-10);

    static Given<TaskState, TaskCommand, TaskEffect> Given(TaskState state) => new(state, (given, command) => TaskDecider.Decide(given, command, ahead));

    static TaskCommand Woken(DateTimeOffset now) => new TaskCommand.Woken(now);

    static TaskState Fired(TaskState state, DateTimeOffset start, DateTimeOffset now, DateTimeOffset? notBefore = null) => state with
    {
        Watermark = start, NextAt = Noon.AddHours(1), Sequence = 21,
        Open = [new OpenExecution(Seed(21, Noon) with { NotBefore = notBefore }, true, now, now.AddSeconds(5), 0)],
    };

    static readonly TaskState fired = Fired(Idle, Noon, early);

    [Fact]
    public void Code_that_waits_for_nobody_is_fired_ahead_once()
    {
        Given(Idle).When(Woken(early.AddTicks(-1))).ThenIgnored("nothing is due");
        Given(Idle).When(Woken(early)).Then(fired, new TaskEffect.TellExecution(fired.Open[0].Seed, true, fired.Open[0].DecidedAt)).When(Woken(Noon)).ThenIgnored("nothing is due");
        Given(Idle).When(new TaskCommand.Activated(early)).Then(fired, new TaskEffect.TellExecution(fired.Open[0].Seed, true, fired.Open[0].DecidedAt));
        Assert.Equal(Noon, fired.Open[0].Seed.BeginsAt);
    }

    [Fact]
    public void The_start_that_jitter_gives_is_kept()
    {
        var start = Jitter.StartOf(7, Noon, TimeSpan.FromMinutes(30));
        var expected = Fired(Jittered, start, start.AddMilliseconds(-10), start);
        Given(Jittered).When(Woken(start.AddMilliseconds(-11))).ThenIgnored("nothing is due");
        Given(Jittered).When(Woken(start.AddMilliseconds(-10))).Then(expected, new TaskEffect.TellExecution(expected.Open[0].Seed, true, expected.Open[0].DecidedAt));
        Assert.Equal(start, expected.Open[0].Seed.BeginsAt);
    }

    public static TheoryData<TaskState> OnTime =>
    [
        Busy, Idle with { Open = [Skipped(20, Noon.AddHours(-1))] }, Paused, Idle with { Definition = Orders }, Delayed with { LastEndAt = Noon.AddMinutes(-5) },
        Idle with { Definition = Hourly with { Concurrency = new() { Key = "gpu", Limit = 2 } } },
    ];

    [Theory, MemberData(nameof(OnTime))]
    public void What_could_be_decided_otherwise_at_the_instant_is_decided_then(TaskState state) => Given(state).When(Woken(early)).ThenIgnored("nothing is due");

    [Fact]
    public void Nothing_is_fired_ahead_of_a_tenant_that_is_held_or_limited()
    {
        Given(Idle).When(Woken(early) with { Held = "everything is paused" }).ThenIgnored("nothing is due");
        Given(Idle).When(Woken(early) with { IsLimited = true }).ThenIgnored("nothing is due");
    }

    [Fact]
    public void A_pause_before_the_instant_takes_it_back_and_one_after_it_does_not()
    {
        var (before, after) = (Noon.AddTicks(-1), Noon);
        const string Reason = "its task was paused before its instant came";
        Given(fired).When(new TaskCommand.Pause(before)).Then(fired with
        {
            Revision = 4, UpdatedAt = before, Status = ScheduledTaskStatus.Paused, Open = [fired.Open[0] with { CancelBecause = Reason, AskAt = before.AddSeconds(5) }],
        }, new TaskEffect.CancelExecution(fired.Open[0].Seed.Id, Reason));
        Given(fired).When(new TaskCommand.Pause(after)).Then(fired with { Revision = 4, UpdatedAt = after, Status = ScheduledTaskStatus.Paused });
    }

    [Theory, InlineData(-1, true), InlineData(0, false)]
    public void A_deletion_that_waits_does_not_wait_for_what_has_not_begun(int ticks, bool cancels)
    {
        var effects = Given(fired).When(new TaskCommand.Delete(Noon.AddTicks(ticks), DeleteMode.Wait)).Decision.Effects;
        Assert.Equal(cancels, effects.OfType<TaskEffect.CancelExecution>().Any(cancel => cancel.Execution == fired.Open[0].Seed.Id));
    }

    [Fact]
    public void It_wakes_ahead_only_where_it_may_fire()
    {
        Assert.Equal(early, Ahead.WakeAt(Idle, ahead));
        Assert.Equal(Noon, Ahead.WakeAt(Idle, Limits));
        Assert.Equal(Noon, Ahead.WakeAt(Idle with { Definition = Orders }, ahead));
        Assert.Equal(Noon.AddMilliseconds(-20), Ahead.WakeAt(Idle with { AskCalendarsAt = Noon.AddMilliseconds(-20) }, ahead));
    }
}
