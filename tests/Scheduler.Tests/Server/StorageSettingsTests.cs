using Microsoft.Extensions.Configuration;
using Scheduler.Conformance.Servers;
using Scheduler.Server;

namespace Scheduler.Tests.Server;

public sealed class StorageSettingsTests
{
    const string Dialect = "Scheduler:Storage:Dialect", ConnectionString = "Scheduler:Storage:ConnectionString";

    [Theory]
    [InlineData("postgres", "Scheduler:Storage:Dialect: expected sqlite or postgresql, got \"postgres\". Did you mean \"postgresql\"?")]
    [InlineData("sqlit", "Scheduler:Storage:Dialect: expected sqlite or postgresql, got \"sqlit\". Did you mean \"sqlite\"?")]
    [InlineData("oracle", "Scheduler:Storage:Dialect: expected sqlite or postgresql, got \"oracle\"")]
    [InlineData("mysql", "Scheduler:Storage:Dialect: expected sqlite or postgresql, got \"mysql\". The standalone server has no MySQL driver on board; a cluster's silo has")]
    [InlineData("postgresql", "Scheduler:Storage:ConnectionString: expected \"Host=db;Username=scheduler;Password=…;Database=scheduler\" or the like, since Scheduler:Storage:Dialect is postgresql; got nothing")]
    public void What_cannot_be_is_told(string dialect, string expected) => Assert.Equal(expected, Refused((Dialect, dialect)));

    [Theory]
    [InlineData("Host=db;Username=u;Password=geheim1;geheim2=x", "keyword 4 of 4, or its value, is not known")]
    [InlineData("Host=db;Port=geheim1", "keyword 2 of 2, or its value, is not known")]
    [InlineData("geheim1", "not made of keywords and values")]
    [InlineData("Username=u;Password=geheim1", "without Host")]
    public void A_connection_string_that_cannot_be_is_told_without_what_it_holds(string connectionString, string expected)
    {
        var message = Refused((Dialect, "postgresql"), (ConnectionString, connectionString));
        Assert.StartsWith("Scheduler:Storage:ConnectionString: expected a connection string", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Nothing_set_is_a_file() => Assert.EndsWith("scheduler.db", Assert.IsType<StorageSettings.Sqlite>(Of()).File, StringComparison.Ordinal);

    [Fact]
    public void A_secret_is_not_written_by_chance() => Assert.DoesNotContain("geheim", $"{Of((Dialect, "postgresql"), (ConnectionString, "Host=db;Password=geheim1"))}", StringComparison.Ordinal);

    static string Refused(params (string, string)[] settings) => Assert.Throws<InvalidOperationException>(() => Of(settings).Use(new())).Message;

    static StorageSettings Of(params (string Key, string Value)[] settings) =>
        StorageSettings.Of(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(each => each.Key, string? (each) => each.Value)).Build());
}

[Collection(ProcessTests.Name), NeedsPostgres]
public sealed class UnreachableDatabaseTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    const string Password = "geheim-4711";

    [StoreFact]
    public Task A_server_that_nobody_is_at_is_told_in_one_line() =>
        EndsWithAsync($"Host=127.0.0.1;Port=1;Username=scheduler;Password={Password};Database=orders", "PostgreSQL at 127.0.0.1:1, database \"orders\", user \"scheduler\": expected a connection, it says: Connection refused");

    [StoreFact]
    public async Task A_database_that_does_not_exist_is_told_in_one_line() =>
        await EndsWithAsync($"{(await postgres.SchemaAsync()).Replace("Database=postgres", "Database=orders", StringComparison.Ordinal)};Password={Password}", "database \"orders\" does not exist (3D000)");

    static async Task EndsWithAsync(string connectionString, string expected)
    {
        await using var server = ServerProcess.ServeShared(connectionString);
        Assert.Equal(1, await server.ExitCodeAsync());
        Assert.Contains(expected, server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", server.Output.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, server.Output, StringComparison.Ordinal);
    }
}
