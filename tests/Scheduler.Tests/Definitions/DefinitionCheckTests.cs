using System.Text.Json;
using Scheduler.Definitions;

namespace Scheduler.Tests.Definitions;

public class DefinitionCheckTests
{
    static readonly Dictionary<string, HandlerKind> Handlers = new() { ["report"] = HandlerKind.Code, ["orders"] = HandlerKind.Polling, ["tables"] = HandlerKind.Discovery };

    static readonly TaskDefinition Code = new() { Name = "daily-report", Handler = new() { Code = new() { Handler = "report" } } };

    static readonly PollingDefinition Orders = new() { Handler = "orders", Shards = new() { Databases = "order_{00..63}", Tables = "t_order_{00..62}" } };

    static readonly TaskDefinition Polling = new() { Name = "orders.full_1", Handler = new() { Polling = Orders } };

    static TaskDefinition With(PollingDefinition polling) => Polling with { Handler = new() { Polling = polling } };

    static TaskDefinition With(RetryPolicy retry) => Code with { Retry = retry };

    static TaskDefinition Named(string? name) => Code with { Name = name! };

    static JsonElement Text(int bytes) => JsonSerializer.SerializeToElement(new string('x', bytes - 2));

    static string[] Check(TaskDefinition definition, int maxShards = 100_000) => [.. DefinitionCheck.Check(definition, Handlers, maxShards).Select(error => $"{error.Field}: {error.Message}")];

    public static TheoryData<string, TaskDefinition> Valid => new()
    {
        { "code", Code },
        { "polling", Polling },
        { "the longest name", Named(new string('a', 127)) },
        { "the shortest name", Named("7") },
        { "the longest description", Code with { Description = new string('x', 1000) } },
        { "a schedule", Code with { Schedule = new() { Cron = "0 2 * * *" } } },
        { "overlap", Code with { Overlap = OverlapPolicy.Allow } },
        { "the shortest timeout", Code with { Timeout = TimeSpan.FromMilliseconds(1) } },
        { "the longest timeout", Code with { Timeout = TimeSpan.FromDays(366) } },
        { "the least retries", With(new RetryPolicy { MaxAttempts = 1, Backoff = TimeSpan.Zero, Multiplier = 1, MaxBackoff = TimeSpan.Zero }) },
        { "the most retries", With(new RetryPolicy { MaxAttempts = 100, Backoff = TimeSpan.FromDays(1), Multiplier = 10, MaxBackoff = TimeSpan.FromDays(7) }) },
        { "the least priority", Code with { Priority = 1 } },
        { "the most priority", Code with { Priority = 10 } },
        { "the most parameters", Code with { Parameters = Text(64 * 1024) } },
        { "changes", With(Orders with { Mode = PollingMode.Incremental, Lag = TimeSpan.Zero }) },
        { "changes after a full round", With(Orders with { Mode = PollingMode.FullThenIncremental, Lag = TimeSpan.FromHours(1) }) },
        { "discovered shards", With(Orders with { Shards = new() { Discover = "tables" } }) },
        { "the smallest page", With(Orders with { PageSize = 1, ThreadCount = 1, BatchSize = 1 }) },
        { "the largest page", With(Orders with { PageSize = 100_000, ThreadCount = 64, BatchSize = 100_000 }) },
    };

    [Theory, MemberData(nameof(Valid))]
    public void A_valid_definition_is_let_pass(string what, TaskDefinition definition) => Assert.True(Check(definition) is [], $"{what}: {string.Join(" ", Check(definition))}");

    public static TheoryData<TaskDefinition, string> Invalid => new()
    {
        { With(Orders with { Lag = TimeSpan.FromTicks(-1) }), "handler.polling.lag: expected zero to one hour, got -00:00:00.0000001" },
        { With(Orders with { Lag = TimeSpan.FromHours(1) + TimeSpan.FromTicks(1) }), "handler.polling.lag: expected zero to one hour, got 01:00:00.0000001" },
        { With(Orders with { Shards = new() { Discover = "table" } }), "handler.polling.shards.discover: expected the name of a registered discovery handler, got \"table\". Did you mean \"tables\"?" },
        { With(Orders with { Shards = new() { Discover = "orders" } }), "handler.polling.shards.discover: expected a discovery handler, got \"orders\", which is a polling handler" },
        { With(Orders with { Shards = new() { Discover = "tables", Tables = "t" } }), "handler.polling.shards: expected either databases and tables, or list, or discover; got tables and discover" },
        { Named(""), "name: expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got \"\"" },
        { Named(null), "name: expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got nothing" },
        { Named("-a"), "name: expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got \"-a\"" },
        { Named("a b"), "name: expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got \"a b\"" },
        { Named("ä"), "name: expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got \"ä\"" },
        { Named("a/b"), "name: expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got \"a/b\"" },
        { Named(new string('a', 1000)), "name: expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got 1000 characters" },
        { Code with { Description = new string('x', 1001) }, "description: expected at most 1000 characters, got 1001" },
        { Code with { Schedule = new() }, "schedule: expected exactly one of cron, every, delay, at; got none" },
        { Code with { Handler = null! }, "handler: expected exactly one of code, polling, sqlPolling; got none" },
        { Code with { Handler = new() }, "handler: expected exactly one of code, polling, sqlPolling; got none" },
        { Code with { Handler = new() { Code = Code.Handler.Code, Polling = Orders } }, "handler: expected exactly one of code, polling, sqlPolling; got code and polling" },
        { Code with { Handler = new() { Code = new() { Handler = "reprot" } } }, "handler.code.handler: expected the name of a registered code handler, got \"reprot\". Did you mean \"report\"?" },
        { Code with { Handler = new() { Code = new() { Handler = "something" } } }, "handler.code.handler: expected the name of a registered code handler, got \"something\"." },
        { Code with { Handler = new() { Code = new() { Handler = null! } } }, "handler.code.handler: expected the name of a registered code handler, got nothing." },
        { Code with { Handler = new() { Code = new() { Handler = "orders" } } }, "handler.code.handler: expected a code handler, got \"orders\", which is a polling handler" },
        { With(Orders with { Handler = "report" }), "handler.polling.handler: expected a polling handler, got \"report\", which is a code handler" },
        { With(Orders with { Handler = "ordrs" }), "handler.polling.handler: expected the name of a registered polling handler, got \"ordrs\". Did you mean \"orders\"?" },
        { With(Orders with { Mode = 0 }), "handler.polling.mode: expected one of full, incremental, fullThenIncremental; got 0" },
        { With(Orders with { Shards = null! }), "handler.polling.shards: expected either databases and tables, or list, or discover; got nothing" },
        { With(Orders with { Shards = new() { Databases = "a", Tables = "t{0..999999999}" } }), "handler.polling.shards: expected at most 100000 shards, got 1000000000" },
        { With(Orders with { PageSize = 0 }), "handler.polling.pageSize: expected 1 to 100000, got 0" },
        { With(Orders with { PageSize = 100_001 }), "handler.polling.pageSize: expected 1 to 100000, got 100001" },
        { With(Orders with { ThreadCount = 0 }), "handler.polling.threadCount: expected 1 to 64, got 0" },
        { With(Orders with { ThreadCount = 65 }), "handler.polling.threadCount: expected 1 to 64, got 65" },
        { With(Orders with { BatchSize = 0 }), "handler.polling.batchSize: expected 1 to pageSize (500), got 0" },
        { With(Orders with { BatchSize = 501 }), "handler.polling.batchSize: expected 1 to pageSize (500), got 501" },
        { Polling with { Overlap = OverlapPolicy.Allow }, "overlap: expected one of skip, queue, cancelPrevious for a polling task, whose shards have one cursor each; got allow" },
        { Code with { Overlap = 0 }, "overlap: expected one of skip, queue, cancelPrevious, allow; got 0" },
        { Code with { OnNodeLost = 0 }, "onNodeLost: expected one of rerun, fail; got 0" },
        { Polling with { OnNodeLost = NodeLossPolicy.Fail }, "onNodeLost: expected rerun for a polling task, whose shards go on from their cursors; got fail" },
        { Code with { Concurrency = new() }, "concurrency: expected perTask, or limit with or without a key; got neither" },
        { Code with { Concurrency = new() { PerTask = 2 } }, "concurrency.perTask: expected overlap allow with it, since the other policies run one execution at a time; got skip" },
        { Code with { Overlap = OverlapPolicy.Allow, Concurrency = new() { PerTask = 0 } }, "concurrency.perTask: expected 1 to 1000, got 0" },
        { Code with { Concurrency = new() { Key = "a", Limit = 1001 } }, "concurrency.limit: expected 1 to 1000, got 1001" },
        { Code with { Concurrency = new() { Key = "a" } }, "concurrency.limit: expected how many executions of the key may run at once, got nothing" },
        { Code with { Concurrency = new() { Key = "", Limit = 1 } }, "concurrency.key: expected 1 to 127 characters, got 0" },
        { Code with { Concurrency = new() { Key = "a\nb", Limit = 1 } }, "concurrency.key: expected characters that can be printed, and none beyond U+FFFF; got others" },
        { Code with { Timeout = TimeSpan.Zero }, "timeout: expected one millisecond to 366 days, got 00:00:00" },
        { Code with { Timeout = TimeSpan.FromTicks(1) }, "timeout: expected one millisecond to 366 days, got 00:00:00.0000001" },
        { Code with { Timeout = TimeSpan.FromTicks(10_001) }, "timeout: expected whole milliseconds, got 00:00:00.0010001" },
        { Code with { Timeout = TimeSpan.FromDays(366) + TimeSpan.FromMilliseconds(1) }, "timeout: expected one millisecond to 366 days, got 366.00:00:00.0010000" },
        { Code with { Timeout = TimeSpan.FromDays(3_000_000) }, "timeout: expected one millisecond to 366 days, got 3000000.00:00:00" },
        { With(new RetryPolicy { MaxAttempts = 0 }), "retry.maxAttempts: expected 1 to 100, got 0" },
        { With(new RetryPolicy { MaxAttempts = 101 }), "retry.maxAttempts: expected 1 to 100, got 101" },
        { With(new RetryPolicy { Backoff = -TimeSpan.FromSeconds(1) }), "retry.backoff: expected zero to one day, got -00:00:01" },
        { With(new RetryPolicy { Backoff = TimeSpan.FromDays(2) }), "retry.backoff: expected zero to one day, got 2.00:00:00" },
        { With(new RetryPolicy { Multiplier = 0.5 }), "retry.multiplier: expected 1 to 10, got 0.5" },
        { With(new RetryPolicy { Multiplier = 11 }), "retry.multiplier: expected 1 to 10, got 11" },
        { With(new RetryPolicy { Multiplier = double.NaN }), "retry.multiplier: expected 1 to 10, got NaN" },
        { With(new RetryPolicy { MaxBackoff = TimeSpan.FromDays(8) }), "retry.maxBackoff: expected zero to seven days, got 8.00:00:00" },
        { With(new RetryPolicy { MaxBackoff = -TimeSpan.FromDays(1) }), "retry.maxBackoff: expected zero to seven days, got -1.00:00:00" },
        { With(new RetryPolicy { Backoff = TimeSpan.FromMinutes(30) }), "retry.maxBackoff: expected no less than the backoff (00:30:00), got 00:10:00 (00:10:00 where it is absent)" },
        { Code with { Priority = 0 }, "priority: expected 1 to 10, got 0" },
        { Code with { Priority = 11 }, "priority: expected 1 to 10, got 11" },
        { Code with { Parameters = Text(64 * 1024 + 1) }, "parameters: expected at most 65536 bytes of JSON, got 65537" },
        { Code with { Parameters = default(JsonElement) }, "parameters: expected JSON, got nothing" },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void An_invalid_definition_is_told_what_was_expected(TaskDefinition definition, string expected) => Assert.Equal([expected], Check(definition));

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once() =>
        Assert.Equal(["name", "schedule.every", "handler.code.handler", "priority"],
            DefinitionCheck.Check(Code with { Name = "?", Schedule = new() { Every = TimeSpan.Zero }, Handler = new() { Code = new() { Handler = "x" } }, Priority = 99 }, Handlers, 10).Select(error => error.Field));

    [Fact]
    public void Where_no_handler_is_registered_the_error_says_so() =>
        Assert.Equal("expected the name of a registered code handler, got \"report\". No node has registered a code handler.",
            Assert.Single(DefinitionCheck.Check(Code, new Dictionary<string, HandlerKind>(), 10)).Message);

    [Fact]
    public void A_triggers_parameters_are_bounded_too()
    {
        Assert.Null(DefinitionCheck.CheckParameters(Text(64 * 1024)));
        Assert.Equal(new("parameters", "expected at most 65536 bytes of JSON, got 65537"), DefinitionCheck.CheckParameters(Text(64 * 1024 + 1)));
    }
}
