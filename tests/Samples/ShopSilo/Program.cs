using Orleans.Configuration;
using Orleans.Hosting;
using Scheduler;
using Scheduler.Cluster;
using Shop;

// The shop's worker. Start as many as you like on one MySQL or MariaDB database: they are one cluster, and each takes its part of the tables.
var builder = Host.CreateApplicationBuilder(args);
var shop = builder.Configuration.GetSection("Shop");
var database = shop["Database"] ?? throw new InvalidOperationException("Shop:Database: expected \"Server=db;User ID=shop;Password=…;Database=shop\" or the like, got nothing");
await SchedulerDatabase.CreateMySqlAsync(database);

var orders = new OrderDatabases(shop["Data"] ?? "shop-data");
await orders.FillAsync(rowsPerTable: 1000);
builder.Services.AddSingleton(orders);
builder.Services.AddSingleton<SearchIndex>();
builder.Services.AddPolling<IndexOrders, Order>("index-orders");
builder.UseOrleans(silo => silo
    .UseMySqlForOrleans(database)
    .AddScheduler(o => o.UseMySql(database))
    .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("shop", "shop"))
    .ConfigureEndpoints(siloPort: shop.GetValue("SiloPort", 11111), gatewayPort: shop.GetValue("GatewayPort", 30000)));

var worker = builder.Build();
var index = worker.Services.GetRequiredService<SearchIndex>();
await worker.RunAsync();
Console.WriteLine($"This worker indexed {index.Count} orders.");
