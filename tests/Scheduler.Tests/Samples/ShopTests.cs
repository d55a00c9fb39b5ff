using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Server;
using Shop;

namespace Scheduler.Tests.Samples;

/// <summary>The sample application does what it says.</summary>
public sealed class ShopTests
{
    [Fact]
    public async Task The_shop_indexes_all_its_orders_and_reports_them()
    {
        using var directory = new TemporaryDirectory();
        await using var shop = new WebApplicationFactory<SearchIndex>().WithWebHostBuilder(builder => builder.UseSetting("Shop:Data", directory.Path));
        var scheduler = shop.Services.GetRequiredService<ISchedulerClient>();

        var indexing = await scheduler.WaitForExecutionAsync((await scheduler.TriggerTaskAsync("index-orders")).ExecutionId);
        Assert.Equal((ExecutionStatus.Succeeded, 4000L), (indexing.Status, indexing.Rows));
        Assert.Equal(4000, shop.Services.GetRequiredService<SearchIndex>().Count);

        var report = await scheduler.WaitForExecutionAsync((await scheduler.TriggerTaskAsync("daily-report")).ExecutionId);
        Assert.Equal(4000, report.Result!.Value.GetProperty("orders").GetInt32());
        Assert.Equal(39_800m, report.Result!.Value.GetProperty("sum").GetDecimal());

        var over = await shop.CreateClient().GetStringAsync("/api/v1/tasks/index-orders/progress");
        Assert.Contains("\"completed\":4", over);
    }
}
