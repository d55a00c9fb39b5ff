using FsCheck;
using FsCheck.Fluent;
using Scheduler.Definitions;

namespace Scheduler.Tests.Definitions;

public class ShardPatternsTests
{
    static string[] Names(string pattern) => [.. ShardPatterns.Expand(new() { Databases = pattern, Tables = "t" }, 100_000).Select(name => name.Database)];

    static string[] Errors(ShardsDefinition shards, int max = 100_000) => [.. ShardPatterns.Check(shards, max).Select(error => $"{error.Field}: {error.Message}")];

    [Theory]
    [InlineData("orders", "orders")]
    [InlineData("order_{0..2}", "order_0", "order_1", "order_2")]
    [InlineData("order_{00..02}", "order_00", "order_01", "order_02")]
    [InlineData("order_{8..11}", "order_8", "order_9", "order_10", "order_11")]
    [InlineData("order_{008..010}_x", "order_008_x", "order_009_x", "order_010_x")]
    [InlineData("{7..7}", "7")]
    [InlineData("{0..1}{a,b}", "0a", "0b", "1a", "1b")]
    [InlineData("{eu,us}_{1..2}", "eu_1", "eu_2", "us_1", "us_2")]
    [InlineData("order{,_old}", "order", "order_old")]
    [InlineData("a..b", "a..b")]
    public void A_pattern_stands_for_its_names(string pattern, params string[] expected) => Assert.Equal(expected, Names(pattern));

    [Fact]
    public void Each_table_is_in_each_database()
    {
        var shards = ShardPatterns.Expand(new() { Databases = "order_{00..63}", Tables = "t_order_{00..62}" }, 100_000);
        Assert.Equal((64 * 63, new("order_00", "t_order_00"), new ShardName("order_00", "t_order_01"), new ShardName("order_63", "t_order_62")), (shards.Count, shards[0], shards[1], shards[^1]));
        Assert.Equal(shards.Count, shards.Distinct().Count());
    }

    [Fact]
    public void A_list_is_taken_as_it_is()
    {
        ShardName[] list = [new("b", "2"), new("a", "1")];
        Assert.Equal(list, ShardPatterns.Expand(new() { List = list }, 2));
    }

    public static TheoryData<ShardsDefinition, string> Invalid => new()
    {
        { new(), "handler.polling.shards: expected either databases and tables, or list, or discover; got none of them" },
        { new() { Databases = "a" }, "handler.polling.shards: expected either databases and tables, or list, or discover; got databases alone" },
        { new() { Databases = "a", Tables = "b", List = [] }, "handler.polling.shards: expected either databases and tables, or list, or discover; got databases and tables and list" },
        { new() { Databases = "a", Tables = "t_{0..999999999}" }, "handler.polling.shards: expected at most 100000 shards, got 1000000000" },
        { new() { Databases = "{000000000000000000..999999999999999999}", Tables = "{0..999999999999999999}{0..9}" }, "handler.polling.shards: expected at most 100000 shards, got 10000000000000000000000000000000000000" },
        { new() { List = [] }, "handler.polling.shards: expected at least one shard, got none" },
        { new() { Databases = "a{0..1", Tables = "b" }, "handler.polling.shards.databases: expected a \"}\" for each \"{\", got \"a{0..1\"" },
        { new() { Databases = "a", Tables = "b}{0..1}" }, "handler.polling.shards.tables: expected a \"{\" for each \"}\", got \"b}{0..1}\"" },
        { new() { Databases = "a{3..1}", Tables = "b" }, "handler.polling.shards.databases: expected a range that goes up, got {3..1}" },
        { new() { Databases = "a{00..100}", Tables = "b" }, "handler.polling.shards.databases: expected both ends of a range with leading zeros to be equally long, got {00..100}" },
        { new() { Databases = "a{x}", Tables = "b" }, "handler.polling.shards.databases: expected a range such as {00..63} or a list such as {a,b,c}, got {x}" },
        { new() { Databases = "a{-1..2}", Tables = "b" }, "handler.polling.shards.databases: expected a range such as {00..63} or a list such as {a,b,c}, got {-1..2}" },
        { new() { Databases = "a{{0..1},b}", Tables = "b" }, "handler.polling.shards.databases: expected a range such as {00..63} or a list such as {a,b,c}, got {{0..1}" },
        { new() { Databases = "", Tables = "b" }, "handler.polling.shards.databases: expected 1 to 1000 characters, got 0" },
        { new() { Databases = "{,a}", Tables = "b" }, "handler.polling.shards.databases: expected 1 to 127 characters, got 0" },
        { new() { Databases = "a", Tables = new string('b', 128) }, "handler.polling.shards.tables: expected 1 to 127 characters, got 128" },
        { new() { Databases = "a\n", Tables = "b" }, "handler.polling.shards.databases: expected no control characters, got some" },
        { new() { Databases = "{a,b,a}", Tables = "b" }, "handler.polling.shards.databases: expected each name once, got \"a\" again" },
        { new() { Databases = "a", Tables = "{1..12}{3..13}" }, "handler.polling.shards.tables: expected each name once, got \"113\" again" },
        { new() { List = [new("a", "b"), new("a", "c"), new("a", "b")] }, "handler.polling.shards.list[2]: expected each shard once, got \"a\".\"b\" again" },
        { new() { List = [new("a", "")] }, "handler.polling.shards.list[0].table: expected 1 to 127 characters, got 0" },
        { new() { List = [new(null!, "b")] }, "handler.polling.shards.list[0].database: expected 1 to 127 characters, got 0" },
        { new() { List = [null!] }, "handler.polling.shards.list[0]: expected a database and a table, got null" },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void Invalid_shards_are_told_what_was_expected(ShardsDefinition shards, string expected)
    {
        Assert.Equal([expected], Errors(shards));
        var refused = Assert.Throws<SchedulerException>(() => ShardPatterns.Expand(shards, 100_000));
        Assert.Equal((SchedulerErrorKind.Invalid, expected), (refused.Kind, refused.Message));
    }

    [Fact]
    public void The_bound_itself_is_allowed()
    {
        Assert.Equal(1000, ShardPatterns.Expand(new() { Databases = "{0..9}", Tables = "{0..99}" }, 1000).Count);
        Assert.Equal(["handler.polling.shards: expected at most 999 shards, got 1000"], Errors(new() { Databases = "{0..9}", Tables = "{0..99}" }, 999));
    }

    [Fact]
    public void Whatever_text_comes_is_names_or_an_error_and_no_crash()
    {
        var text = Gen.Elements("{", "}", "..", ",", "0", "01", "9", "99999999999999999999", "a", "_").ListOf(8).Select(string.Concat);
        Prop.ForAll(Arb.From(text), pattern =>
        {
            var shards = new ShardsDefinition { Databases = "d", Tables = pattern };
            if (Errors(shards, 1000) is not []) return;
            var names = ShardPatterns.Expand(shards, 1000);
            Assert.InRange(names.Count, 1, 1000);
            Assert.Equal(names.Count, names.Distinct().Count());
            Assert.DoesNotContain(names, name => name.Table.AsSpan().ContainsAny("{}"));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
