using Microsoft.Extensions.Configuration;
using Scheduler.Running;
using Scheduler.Server;

namespace Scheduler.Tests.Server;

public sealed class LimitSettingsTests
{
    static readonly NodeLimits Defaults = new() { Time = TimeProvider.System };

    [Fact]
    public void Nothing_set_changes_nothing()
    {
        Assert.Same(Defaults, Of()(Defaults));
        Assert.Same(Defaults, Of(("Slots", ""))(Defaults));
    }

    [Fact]
    public void Each_setting_changes_its_bound()
    {
        var limits = Of(("slots", "32"), ("OpenExecutions", "7"), ("CatchUp", "3"), ("MisfireThreshold", "00:05:00"), ("ShardsPerTask", "5000"),
            ("Retention", "7.00:00:00"), ("StatsRetention", "800.00:00:00"), ("LogRetention", "00:00:00"))(Defaults);

        Assert.Equal(Defaults with
        {
            Slots = 32,
            ShardsPerTask = 5000,
            Retention = TimeSpan.FromDays(7),
            StatsRetention = TimeSpan.FromDays(800),
            Tasks = Defaults.Tasks with { OpenExecutions = 7, CatchUp = 3, MisfireThreshold = TimeSpan.FromMinutes(5) },
            Logs = Defaults.Logs with { Retention = TimeSpan.Zero },
        }, limits);
    }

    [Theory]
    [InlineData("Slots", "0", "Scheduler:Limits:Slots: expected 1 to 10000, got \"0\"")]
    [InlineData("Slots", "many", "Scheduler:Limits:Slots: expected 1 to 10000, got \"many\"")]
    [InlineData("CatchUp", "1001", "Scheduler:Limits:CatchUp: expected 1 to 1000, got \"1001\"")]
    [InlineData("Retention", "30", "Scheduler:Limits:Retention: expected a duration hh:mm:ss[.fff] such as \"01:30:00\" (days as \"2.00:00:00\"), from 02:00:00 to 3660.00:00:00, got \"30\"")]
    [InlineData("Retention", "01:00:00", "Scheduler:Limits:Retention: expected a duration hh:mm:ss[.fff] such as \"01:30:00\" (days as \"2.00:00:00\"), from 02:00:00 to 3660.00:00:00, got \"01:00:00\"")]
    [InlineData("Retenton", "01:00:00", "Scheduler:Limits: expected one of Slots, OpenExecutions, CatchUp, MisfireThreshold, ShardsPerTask, Retention, StatsRetention, LogRetention, got \"Retenton\". Did you mean \"Retention\"?")]
    public void What_cannot_be_is_told_at_once(string name, string text, string expected) => Assert.Equal(expected, Assert.Throws<InvalidOperationException>(() => Of((name, text))).Message);

    static Func<NodeLimits, NodeLimits> Of(params (string Name, string Value)[] settings) =>
        LimitSettings.Of(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(each => $"Scheduler:Limits:{each.Name}", string? (each) => each.Value)).Build());
}
