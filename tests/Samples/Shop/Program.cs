using Scheduler;
using Scheduler.Web;
using Shop;

// A shop's application that schedules its own jobs: no other process, no other set-up than a file.
var builder = WebApplication.CreateBuilder(args);
var data = builder.Configuration["Shop:Data"] ?? "shop-data";

builder.Services.AddSingleton(new OrderDatabases(data));
builder.Services.AddSingleton<SearchIndex>();
builder.Services.AddPolling<IndexOrders, Order>("index-orders");
builder.Services.AddTaskHandler<DailyReport>("daily-report");
builder.Services.AddScheduler(o => o.UseSqlite(Path.Combine(data, "scheduler.db")));
builder.Services.AddHostedService<Tasks>();
builder.Services.AddSchedulerWeb();

var app = builder.Build();
app.MapScheduler();
app.Run();
