using Microsoft.Extensions.Configuration;
using Orleans.Hosting;
using Scheduler.Cluster.Hosting;
using Scheduler.Running;
using Scheduler.Silo;

namespace Scheduler.Cluster.Tests.Program;

/// <summary>The silo program's settings: what they mean, and what is said of those that mean nothing.</summary>
public sealed class SettingsTests
{
    const string Storage = "Scheduler:Storage", Cluster = "Scheduler:Cluster";

    const string Postgres = "Host=127.0.0.1;Username=scheduler;Password=secret;Database=scheduler", MySql = "Server=localhost;User ID=scheduler;Password=secret;Database=scheduler";

    static ClusterSettings Read(params (string Name, string Value)[] settings) =>
        ClusterSettings.Of(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Name, (string?)each.Value))).Build());

    [Fact]
    public void Where_nothing_is_set_a_silo_is_alone_with_a_file()
    {
        var settings = Read();
        Assert.Equal((new Database.Sqlite(Path.GetFullPath("./data/scheduler.db")), settings.Storage), (settings.Members, settings.Members));
        Assert.Equal(("scheduler", 11111, 30000, 16, 10_000, true), (settings.ClusterId, settings.SiloPort, settings.GatewayPort, settings.Buckets, settings.TasksWithReminders, settings.Dashboard));
        Assert.Equal((null, null, TimeSpan.FromSeconds(1)), (settings.Lease, settings.LeaveAfter, settings.ProbeTimeout));
        Assert.Equal("http://127.0.0.1:5080", settings.Address);
    }

    [Fact]
    public void Members_are_kept_where_the_tasks_are_unless_it_is_said()
    {
        var same = Read(($"{Storage}:Dialect", "postgresql"), ($"{Storage}:ConnectionString", Postgres));
        Assert.Equal((new Database.PostgreSql(Postgres), new Database.PostgreSql(Postgres)), (same.Members, same.Storage));
        var other = Read(($"{Storage}:Dialect", "postgresql"), ($"{Storage}:ConnectionString", Postgres), ($"{Cluster}:Dialect", "mysql"), ($"{Cluster}:ConnectionString", MySql));
        Assert.Equal((new Database.MySql(MySql), new Database.PostgreSql(Postgres)), (other.Members, other.Storage));
        Assert.Equal(new Database.Sqlite("/data/a.db"), Read(($"{Storage}:Path", "/data/a.db")).Storage);
    }

    [Fact]
    public void What_a_silo_does_in_its_cluster_is_set()
    {
        var settings = Read(($"{Cluster}:ClusterId", "shop"), ($"{Cluster}:SiloPort", "1"), ($"{Cluster}:GatewayPort", "65535"), ($"{Cluster}:Buckets", "256"), ($"{Cluster}:TasksWithReminders", "1"), ($"{Cluster}:Dashboard", "false"),
            ($"{Cluster}:Lease", "00:00:10"), ($"{Cluster}:LeaveAfter", "00:01:00"), ($"{Cluster}:ProbeTimeout", "00:00:02.500"), ("Scheduler:Address", "https://silo-1"));
        Assert.Equal(("shop", 1, 65535, 256, 1, false), (settings.ClusterId, settings.SiloPort, settings.GatewayPort, settings.Buckets, settings.TasksWithReminders, settings.Dashboard));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2.5), "https://silo-1"), (settings.Lease, settings.LeaveAfter, settings.ProbeTimeout, settings.Address));
    }

    [Theory]
    [InlineData("postgresql", "Host=127.0.0.1;Database=a", "127.0.0.1")]
    [InlineData("postgresql", "Host=/run/postgresql;Database=a", "127.0.0.1")]
    [InlineData("postgresql", "Host=localhost:5433,127.0.0.1;Database=a", "127.0.0.1")]
    [InlineData("mysql", "Server=localhost;Database=a", "127.0.0.1")]
    [InlineData("postgresql", "Host=db;Database=a", "10.0.0.1", "10.0.0.1")]
    [InlineData("postgresql", "Host=127.0.0.1;Database=a", "10.0.0.1", "10.0.0.1")]
    [InlineData("mysql", "Server=db;Database=a", null, "auto")]
    public void Others_find_a_silo_on_this_machine_alone_unless_it_is_said(string dialect, string connectionString, string? found, string said = "") =>
        Assert.Equal(found, Read(($"{Cluster}:Dialect", dialect), ($"{Cluster}:ConnectionString", connectionString), ($"{Cluster}:AdvertisedAddress", said)).AdvertisedAddress?.ToString());

    [Theory]
    [InlineData("http://127.0.0.1:5081", "http://127.0.0.1:5081", "urls", "http://127.0.0.1:5081;http://[::1]:5082")]
    [InlineData("http://MACHINE:80", "http://*:80", "urls", "http://*:80")]
    [InlineData("http://MACHINE:8080", "http://*:8080", "http_ports", "8080")]
    [InlineData("https://MACHINE:8443", "https://*:8443", "https_ports", "8443")]
    [InlineData("https://silo:443", "https://silo:443", "Kestrel:Endpoints:Https:Url", "https://silo:443")]
    [InlineData(null, "http://127.0.0.1:0", "urls", "http://127.0.0.1:0")]
    public void People_find_a_silo_where_it_listens(string? found, string first, string name, string value)
    {
        var settings = Read((name, value));
        Assert.Equal((found?.Replace("MACHINE", Environment.MachineName, StringComparison.Ordinal), first, true), (settings.Address, settings.Http.All[0], settings.Http.AreSet));
    }

    [Theory]
    [InlineData("Scheduler:Storage:Dialect", "postgres", "Scheduler:Storage:Dialect: expected sqlite, postgresql or mysql, got \"postgres\". Did you mean \"postgresql\"?")]
    [InlineData("Scheduler:Storage:Dialect", "mysql", "Scheduler:Storage:ConnectionString: expected \"Server=db;User ID=scheduler;Password=…;Database=scheduler\" or the like, since Scheduler:Storage:Dialect is mysql; got nothing")]
    [InlineData("Scheduler:Cluster:ConnectionString", "Password=top;secret", "Scheduler:Cluster:Dialect: expected postgresql or mysql beside Scheduler:Cluster:ConnectionString, got nothing")]
    [InlineData("Scheduler:Cluster:SiloPort", "0", "Scheduler:Cluster:SiloPort: expected 1 to 65535, got \"0\"")]
    [InlineData("Scheduler:Cluster:Buckets", "257", "Scheduler:Cluster:Buckets: expected 1 to 256, got \"257\"")]
    [InlineData("Scheduler:Cluster:Dashboard", "yes", "Scheduler:Cluster:Dashboard: expected true or false, got \"yes\"")]
    [InlineData("Scheduler:Cluster:AdvertisedAddress", "silo-1", "Scheduler:Cluster:AdvertisedAddress: expected an IP address or auto, got \"silo-1\"")]
    [InlineData("Scheduler:Cluster:Lease", "00:00:01", "Scheduler:Cluster:Lease: expected 00:00:02 to 00:01:00, got \"00:00:01\"")]
    [InlineData("Scheduler:Cluster:LeaveAfter", "10", "Scheduler:Cluster:LeaveAfter: expected 00:00:01 to 1.00:00:00, got \"10\"")]
    public void What_means_nothing_is_refused(string name, string value, string message) => Assert.Equal(message, Refusal((name, value)));

    [Fact]
    public void A_database_on_another_machine_wants_the_silos_address_said() =>
        Assert.StartsWith("Scheduler:Cluster:AdvertisedAddress: expected this machine's address, at which the other silos find this one", Refusal(($"{Cluster}:Dialect", "mysql"), ($"{Cluster}:ConnectionString", "Server=db;Password=a")), StringComparison.Ordinal);

    [Theory]
    [InlineData(Storage, "postgresql")]
    [InlineData(Storage, "mysql")]
    [InlineData(Cluster, "postgresql")]
    [InlineData(Cluster, "mysql")]
    public void No_piece_of_a_password_is_told_where_it_is_not_quoted(string section, string dialect)
    {
        var refusal = Refusal(($"{section}:Dialect", dialect), ($"{section}:ConnectionString", "Password=abc;Topsecret=1"));
        Assert.StartsWith($"{section}:ConnectionString: expected a connection string as ", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("secret=", refusal, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("topsecret", refusal, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_application_is_told_none_either()
    {
        var create = await Assert.ThrowsAsync<ArgumentException>(() => SchedulerDatabase.CreatePostgreSqlAsync("Password=abc;Topsecret=1"));
        var use = Assert.Throws<ArgumentException>(() => SchedulerDatabase.UsePostgreSqlForOrleans(null!, "Password=abc;Topsecret=1"));
        Assert.All([create, use], refusal => Assert.DoesNotContain("topsecret", refusal.ToString(), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Nobody_takes_over_what_a_file_holds_and_so_a_slow_disk_cancels_nothing()
    {
        Assert.Equal(TimeSpan.MaxValue, new SchedulerClusterOptions().UseSqlite("a.db").NodeLimits.LeaseFor);
        Assert.Equal(TimeSpan.FromSeconds(2.5), new SchedulerClusterOptions().UseSqlite("a.db").UsePostgreSql(Postgres).NodeLimits.LeaseFor);
        Assert.Equal(TimeSpan.FromSeconds(8), new SchedulerClusterOptions().Limits(limits => limits with { LeaseFor = TimeSpan.FromSeconds(8) }).UseMySql(MySql).NodeLimits.LeaseFor);
    }

    static string Refusal(params (string Name, string Value)[] settings) => Assert.Throws<InvalidOperationException>(() => Read(settings)).Message;
}
