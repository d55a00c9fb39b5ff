using Scheduler.Conformance.Servers;
using Scheduler.Handlers.Sql;

namespace Scheduler.Tests.Handlers;

/// <summary>What is asked of MySQL and MariaDB, by the server's own client: this machine's packages need no driver for it.</summary>
[NeedsMariaDb]
public sealed class MySqlSourceTests(MariaDbServer server) : IClassFixture<MariaDbServer>
{
    [StoreFact]
    public async Task The_catalog_tells_columns_keys_and_what_may_be_null()
    {
        await server.RunAsync("shop", """
            CREATE TABLE rental (id BIGINT UNSIGNED PRIMARY KEY, code VARCHAR(20) UNIQUE, a INT NOT NULL, b INT NOT NULL, changed DATETIME(3) NOT NULL, UNIQUE (a, b));
            CREATE VIEW seen AS SELECT id FROM rental;
            """);
        var catalog = await server.RunAsync("shop", $"{string.Format(new MySqlSource(null).CatalogSql, "'rental', 'seen', 'absent'")};");
        Assert.Equal(["rental table a int(11) 0 0", "rental table b int(11) 0 0", "rental table changed datetime(3) 0 0", "rental table code varchar(20) 1 1", "rental table id bigint(20) unsigned 0 1", "seen view id bigint(20) unsigned 0 0"],
            catalog.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Replace('\t', ' ')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_are_quoted_as_it_wants_them() => Assert.Equal("`a``b\"c`", new MySqlSource(null).Quote("a`b\"c"));
}
