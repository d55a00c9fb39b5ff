using FsCheck;
using FsCheck.Fluent;
using Scheduler.Schedules;
using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

public class JitterPropertyTests
{
    sealed record Case(long Task, TimeSpan Every, TimeSpan Jitter, DateTimeOffset CreatedAt, int Occurrence, TimeSpan Later)
    {
        public ScheduleDefinition Schedule => new() { Every = Every, Jitter = Jitter };

        /// <summary>An occurrence that has started.</summary>
        public DateTimeOffset Due => CreatedAt + Occurrence * Every;
    }

    // As much jitter as is valid, and as little: from nothing to just less than the period.
    static readonly Gen<Case> AnyCase =
        from task in Gen.Choose(1, int.MaxValue)
        from period in Gen.OneOf(Gen.Choose(2, 5_000), Gen.Choose(5_000, 7_200_000))
        from share in Gen.OneOf(Gen.Elements(0, 1000), Gen.Choose(1, 999))
        from created in Gen.Choose(0, int.MaxValue)
        from occurrence in Gen.Choose(1, 500)
        from later in Gen.Choose(0, 20_000)
        select new Case(task, TimeSpan.FromMilliseconds(period), TimeSpan.FromMilliseconds(Math.Min((period - 1L) * share / 1000, 3_600_000)),
            At("2026-01-01T00:00Z").AddMilliseconds(created), occurrence, TimeSpan.FromMilliseconds(period) * (later / 1000.0));

    static void ForAll(Action<Case> holds) => Prop.ForAll(Arb.From(AnyCase), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void An_occurrence_starts_at_its_instant_or_later_but_never_later_than_the_jitter_or_the_next_one() => ForAll(each =>
    {
        Assert.Empty(ScheduleCheck.Check(each.Schedule));
        var start = Jitter.StartOf(each.Task, each.Due, each.Jitter);
        Assert.InRange(start, each.Due, each.Due + each.Jitter);
        Assert.True(start < Schedule.Next(each.Schedule, each.CreatedAt, each.Due), "it starts when the next one is due");
        Assert.Equal(0, (start - each.Due).Ticks % TimeSpan.TicksPerMillisecond);
    });

    [Fact]
    public void An_occurrence_has_one_start_wherever_and_however_often_it_is_asked_for() => ForAll(each =>
    {
        var start = Jitter.StartOf(each.Task, each.Due, each.Jitter);
        Assert.Equal(start, Jitter.StartOf(each.Task, each.Due, each.Jitter));
        Assert.Equal(start, Jitter.StartOf(each.Task, each.Due.ToOffset(TimeSpan.FromHours(8)), each.Jitter));
    });

    [Fact]
    public void Without_jitter_it_starts_at_its_instant() => ForAll(each =>
    {
        Assert.Equal(each.Due, Jitter.StartOf(each.Task, each.Due, null));
        Assert.Equal(each.Due, Jitter.StartOf(each.Task, each.Due, TimeSpan.Zero));
    });

    /// <summary>Said another way: one occurrence after the other, until the first that has not started.</summary>
    [Fact]
    public void Occurrences_start_in_their_order() => ForAll(each =>
    {
        var now = Jitter.StartOf(each.Task, each.Due, each.Jitter) + each.Later;
        var expected = All(each.Schedule, each.CreatedAt, each.Due).TakeWhile(next => Jitter.StartOf(each.Task, next, each.Jitter) <= now).ToArray();
        var until = Jitter.Started(each.Schedule, each.Task, each.CreatedAt, each.Due, now, Exclusions.None);
        Assert.InRange(until, each.Due, now);
        Assert.Equal(expected, All(each.Schedule, each.CreatedAt, each.Due).TakeWhile(next => next <= until));
    });

    [Fact]
    public void It_ends_with_the_calendar()
    {
        var late = DateTimeOffset.MaxValue.AddSeconds(-1);
        Assert.All(Enumerable.Range(1, 100), task => Assert.InRange(Jitter.StartOf(task, late, TimeSpan.FromHours(1)), late, DateTimeOffset.MaxValue));
    }

    [Fact]
    public void What_a_calendar_leaves_out_holds_nothing_back()
    {
        var (schedule, created) = (new ScheduleDefinition { Every = TimeSpan.FromHours(1), Jitter = TimeSpan.FromMinutes(59) }, At("2026-01-01T00:00Z"));
        var calendar = new CalendarDefinition { Name = "nights", Weekly = [new() { Days = [.. Enum.GetValues<Weekday>().Skip(1)], From = "01:30", To = "05:30" }] };
        var now = At("2026-01-01T05:29Z");
        Assert.Equal(now, Jitter.Started(schedule, 1, created, At("2026-01-01T01:00Z"), now, Exclusions.Of([new(1, calendar)])));
    }

    [Fact]
    public void The_starts_of_many_tasks_are_spread_over_the_jitter()
    {
        var (instant, jitter) = (At("2026-01-01T00:00Z"), TimeSpan.FromMinutes(10));
        var tenths = Enumerable.Range(1, 10_000).CountBy(task => (int)((Jitter.StartOf(task, instant, jitter) - instant) / jitter * 9.999)).ToDictionary();
        Assert.Equal(10, tenths.Count);
        Assert.All(tenths.Values, count => Assert.InRange(count, 800, 1200));
        // Of one task too: who is last today is first on another day.
        Assert.True(Enumerable.Range(0, 100).Select(day => Jitter.StartOf(1, instant.AddDays(day), jitter) - instant.AddDays(day)).Distinct().Count() > 90);
    }
}
