using FsCheck;
using FsCheck.Fluent;
using Scheduler.Shards;

namespace Scheduler.Tests.Shards;

public class AssignmentTests
{
    /// <summary>Assigns shards one by one; each stands for the node that it is at.</summary>
    static string[] Assign(string[] nodes, params string?[] shards)
    {
        var assignment = new Assignment(nodes, shards.CountBy(node => node ?? "").ToDictionary());
        return [.. shards.Select(assignment.Place)];
    }

    static string?[] Many(params (string? Node, int Count)[] shards) => [.. shards.SelectMany(each => Enumerable.Repeat(each.Node, each.Count))];

    [Fact]
    public void Shards_that_ran_nowhere_are_spread()
    {
        var given = Assign(["a", "b", "c"], Many((null, 4032)));
        Assert.Equal([1344, 1344, 1344], given.CountBy(node => node).Select(each => each.Value));
    }

    [Fact]
    public void A_node_that_joins_gets_its_share_and_nobody_else_moves()
    {
        var before = Many(("a", 2016), ("b", 2016));
        var given = Assign(["a", "b", "c"], before);
        Assert.Equal([1344, 1344, 1344], given.CountBy(node => node).Select(each => each.Value));
        Assert.Equal(1344, given.Zip(before).Count(each => each.First != each.Second));
    }

    [Fact]
    public void The_shards_of_a_node_that_left_go_to_the_others_and_the_others_stay()
    {
        var before = Many(("a", 10), ("b", 10), ("c", 10));
        var given = Assign(["a", "b"], before);
        Assert.Equal(before[..20], given[..20]);
        Assert.Equal([5, 5], given[20..].CountBy(node => node).Select(each => each.Value));
    }

    [Fact]
    public void What_was_counted_wrongly_is_spread_all_the_same()
    {
        var assignment = new Assignment(["a", "b"], new Dictionary<string, int>());
        Assert.Equal([5, 5], Enumerable.Range(0, 10).Select(_ => assignment.Place("gone")).CountBy(node => node).Select(each => each.Value));
    }

    [Fact]
    public void No_node_is_no_assignment() => Assert.Throws<ArgumentException>(() => new Assignment([], new Dictionary<string, int>()));

    [Fact]
    public void Whatever_was_where_it_is_even_and_few_move() => Prop.ForAll(
        (from nodes in Gen.Choose(1, 7)
         from shards in Gen.ArrayOf(Gen.Choose(0, 9))
         select (nodes, shards)).ToArbitrary(), world =>
        {
            string[] nodes = [.. Enumerable.Range(0, world.nodes).Select(n => $"n{n}")];
            string?[] before = [.. world.shards.Select(n => n == 9 ? null : $"n{n}")]; // some at nodes that are gone, some nowhere
            var given = Assign(nodes, before);
            Assert.Equal(given, Assign([.. nodes.Reverse()], before));

            var counts = nodes.Select(node => given.Count(each => each == node)).ToArray();
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);

            // Nobody can keep more than the even share, whoever gets the odd ones.
            var (least, more) = Math.DivRem(before.Length, nodes.Length);
            var present = nodes.Select(node => before.Count(each => each == node)).OrderDescending().Select((count, index) => Math.Min(count, least + (index < more ? 1 : 0)));
            Assert.Equal(present.Sum(), given.Zip(before).Count(each => each.First == each.Second));
        }).QuickCheckThrowOnFailure();
}
