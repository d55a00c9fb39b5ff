using Scheduler.Server.Demo;

namespace Scheduler.Tests.Server;

public sealed class DemoShapeTests
{
    [Theory]
    [InlineData(64, 63, "order_{00..63}", "t_order_{00..62}", "order_07", "t_order_05")]
    [InlineData(1, 2, "order_00", "t_order_{00..01}", "order_00", "t_order_01")]
    [InlineData(1000, 101, "order_{000..999}", "t_order_{000..100}", "order_999", "t_order_100")]
    public void Names_and_patterns_go_together(int databases, int tables, string databasePattern, string tablePattern, string aDatabase, string aTable)
    {
        var shape = new DemoShape(databases, tables, 1);
        Assert.Equal((databasePattern, tablePattern), (shape.Patterns.Databases, shape.Patterns.Tables));
        Assert.Contains(aDatabase, Enumerable.Range(0, databases).Select(shape.Database));
        Assert.Contains(aTable, Enumerable.Range(0, tables).Select(shape.Table));
    }

    [Fact]
    public void Every_shard_has_a_number_of_its_own()
    {
        var shape = new DemoShape(3, 101, 1);
        var numbers = from database in Enumerable.Range(0, 3) from table in Enumerable.Range(0, 101) select shape.NumberOf(shape.Database(database), shape.Table(table));
        Assert.Equal(Enumerable.Range(0, shape.Shards), numbers);
    }

    [Fact]
    public void What_the_command_line_leaves_out_the_directory_says() =>
        Assert.Equal(new(2, 3, 4), new DemoOptions("x", null, 3, null, false, new(default, null)).ShapeBeside(new(2, 3, 4)));

    [Fact]
    public void What_nobody_says_is_the_founding_case() =>
        Assert.Equal(1_008_000, new DemoOptions("x", null, null, null, false, new(default, null)).ShapeBeside(null).TotalRows);
}
