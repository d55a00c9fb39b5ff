using Scheduler.Running;

namespace Scheduler.Tests.Running;

public class SlotsTests
{
    [Fact]
    public async Task Whatever_comes_at_the_highest_priority_the_lowest_gets_its_turn_after_so_many()
    {
        var slots = new Slots(1);
        var held = await slots.AcquireAsync(5, default);
        var low = slots.AcquireAsync(1, default).AsTask();
        var overtaken = 0;
        for (; !low.IsCompleted; overtaken++)
        {
            var high = slots.AcquireAsync(10, default).AsTask();
            held.Dispose();
            held = await await Task.WhenAny(low, high);
            Assert.True(overtaken < 10_000, "it starves");
        }
        Assert.InRange(overtaken, 9 * Slots.Overtake - 1, 9 * Slots.Overtake + 1); // nine steps of priority, and then its turn
        held.Dispose();
    }

    [Fact]
    public async Task Higher_priorities_go_first_and_equal_ones_as_they_came()
    {
        var slots = new Slots(1);
        var held = await slots.AcquireAsync(5, default);
        List<string> order = [];
        var waiting = new[] { ("a", 5), ("b", 10), ("c", 5), ("d", 1), ("e", 10) }.Select(async each =>
        {
            using var slot = await slots.AcquireAsync(each.Item2, default);
            lock (order) order.Add(each.Item1);
        }).ToArray();
        Assert.Equal((5, 2, 4), (slots.Waiting, slots.WaitingAbove(5), slots.WaitingAbove(1)));
        held.Dispose();
        await Task.WhenAll(waiting);
        Assert.Equal(["b", "e", "a", "c", "d"], order);
    }

    [Fact]
    public async Task A_drained_node_grants_none_until_it_is_undrained()
    {
        var slots = new Slots(2);
        var under = await slots.AcquireAsync(5, default);
        slots.Drain(true);
        var next = slots.AcquireAsync(10, default).AsTask();
        under.Dispose();
        Assert.Equal((false, 0, 1), (next.IsCompleted, slots.Used, slots.Waiting));
        slots.Resume(); // the database is back, which is another matter
        Assert.False(next.IsCompleted);
        slots.Drain(false);
        (await next).Dispose();
    }

    [Fact]
    public async Task Who_gives_its_place_up_waits_no_more()
    {
        var slots = new Slots(1);
        using var held = await slots.AcquireAsync(5, default);
        using var patience = new CancellationTokenSource();
        var (first, second) = (slots.AcquireAsync(7, patience.Token).AsTask(), slots.AcquireAsync(7, default).AsTask());
        Assert.Equal((2, 2), (slots.Waiting, slots.WaitingAbove(5)));
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal((1, 1, false), (slots.Waiting, slots.WaitingAbove(5), second.IsCompleted));
    }
}
