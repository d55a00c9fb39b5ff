using System.Text;

namespace Scheduler.Tests.Json;

public sealed class StrictJsonTests
{
    const string Handler = """ "handler":{"code":{"handler":"h"}} """;

    /// <summary>Definitions, and everything that is said against them.</summary>
    public static TheoryData<string, string[]> Refused => new()
    {
        { """{"name":"a","handler":{"polling":{"handler":"h","shards":{},"pagesize":5}}}""", ["""handler.polling.pagesize: unknown field. Did you mean "pageSize"?"""] },
        { """{"name":"a","handler":{"cod":{}}}""", ["""handler.cod: unknown field. Did you mean "code"?"""] },
        { """{"name":"a","handler":{"sqlPoling":{}}}""", ["""handler.sqlPoling: unknown field. Did you mean "sqlPolling"?"""] },
        { """{"name":"a","handler":{"kind":"code"}}""", ["""handler.kind: unknown field; expected one of "code", "polling", "sqlPolling" """.TrimEnd()] },
        { """{"Name":"a",""" + Handler + "}", ["""Name: unknown field. Did you mean "name"?""", "name: expected a string, got nothing"] },
        { "{}", ["name: expected a string, got nothing", "handler: expected an object, got nothing"] },
        { """{"name":"a","handler":{"polling":{"handler":"h","shards":{"list":[{"database":"d","table":"t"},{"database":"d"}]}}}}""", ["handler.polling.shards.list[1].table: expected a string, got nothing"] },
        { """{"name":"a","handler":{"polling":{"handler":"h","shards":{"list":["d.t"]}}}}""", ["handler.polling.shards.list[0]: expected an object, got \"d.t\""] },
        { """{"name":"a","handler":{"polling":{"handler":"h","shards":{"list":{}}}}}""", ["handler.polling.shards.list: expected a list, got an object"] },
        { """{"name":null,""" + Handler + "}", ["name: expected a string, got null"] },
        { """{"name":5,""" + Handler + "}", ["name: expected a string, got 5"] },
        { """{"name":["a"],""" + Handler + "}", ["name: expected a string, got a list"] },
        { """{"name":"a","handler":"h"}""", ["handler: expected an object, got \"h\""] },
        { """{"name":"a","handler":null}""", ["handler: expected an object, got null"] },
        { """{"name":"a","priority":"5",""" + Handler + "}", ["priority: expected a whole number, at most 2147483647, got \"5\""] },
        { """{"name":"a","priority":5.5,""" + Handler + "}", ["priority: expected a whole number, at most 2147483647, got 5.5"] },
        { """{"name":"a","priority":3000000000,""" + Handler + "}", ["priority: expected a whole number, at most 2147483647, got 3000000000"] },
        { """{"name":"a","priority":null,""" + Handler + "}", ["priority: expected a whole number, at most 2147483647, got null"] },
        { """{"name":"a","priority":true,""" + Handler + "}", ["priority: expected a whole number, at most 2147483647, got true"] },
        { """{"name":"a","retry":{"multiplier":1e999},""" + Handler + "}", ["retry.multiplier: expected a number, got 1e999"] },
        { """{"name":"a","overlap":"skp",""" + Handler + "}", ["""overlap: expected one of "skip", "queue", "cancelPrevious", "allow", got "skp". Did you mean "skip"?"""] },
        { """{"name":"a","overlap":"Skip",""" + Handler + "}", ["""overlap: expected one of "skip", "queue", "cancelPrevious", "allow", got "Skip". Did you mean "skip"?"""] },
        { """{"name":"a","overlap":"skip, queue",""" + Handler + "}", ["""overlap: expected one of "skip", "queue", "cancelPrevious", "allow", got "skip, queue" """.TrimEnd()] },
        { """{"name":"a","overlap":1,""" + Handler + "}", ["""overlap: expected one of "skip", "queue", "cancelPrevious", "allow", got 1"""] },
        { """{"name":"a","timeout":"90m",""" + Handler + "}", ["""timeout: expected a duration hh:mm:ss[.fff] such as "01:30:00" (days as "2.00:00:00"), got "90m" """.TrimEnd()] },
        { """{"name":"a","timeout":"24:00:00",""" + Handler + "}", ["""timeout: expected a duration hh:mm:ss[.fff] such as "01:30:00" (days as "2.00:00:00"), got "24:00:00" """.TrimEnd()] },
        { """{"name":"a","timeout":"00:00:00.",""" + Handler + "}", ["""timeout: expected a duration hh:mm:ss[.fff] such as "01:30:00" (days as "2.00:00:00"), got "00:00:00." """.TrimEnd()] },
        { """{"name":"a","timeout":"5",""" + Handler + "}", ["""timeout: expected a duration hh:mm:ss[.fff] such as "01:30:00" (days as "2.00:00:00"), got "5" """.TrimEnd()] },
        { """{"name":"a","timeout":"99999999.00:00:00",""" + Handler + "}", ["""timeout: expected a duration hh:mm:ss[.fff] such as "01:30:00" (days as "2.00:00:00"), got "99999999.00:00:00" """.TrimEnd()] },
        { """{"name":"a","timeout":3600,""" + Handler + "}", ["""timeout: expected a duration hh:mm:ss[.fff] such as "01:30:00" (days as "2.00:00:00"), got 3600"""] },
        { """{"name":"a","schedule":{"at":"2026-01-31T08:00:00"},""" + Handler + "}", ["""schedule.at: expected a time with offset such as "2026-01-31T08:00:00+08:00", got "2026-01-31T08:00:00" """.TrimEnd()] },
        { """{"name":"a","schedule":{"at":"2026-02-30T08:00:00Z"},""" + Handler + "}", ["""schedule.at: expected a time with offset such as "2026-01-31T08:00:00+08:00", got "2026-02-30T08:00:00Z" """.TrimEnd()] },
        { """{"name":"a","schedule":{"at":1769817600},""" + Handler + "}", ["""schedule.at: expected a time with offset such as "2026-01-31T08:00:00+08:00", got 1769817600"""] },
        { """{"name":"a","name":"b",""" + Handler + "}", ["name: expected once, got twice"] },
        { """{"name":"a","handler":{"code":{"handler":"x","handler":"y"}}}""", ["handler.code.handler: expected once, got twice"] },
        { """{"name":"a","parameters":{"deep":[{"x":1,"x":2}]},""" + Handler + "}", ["parameters.deep[0].x: expected once, got twice"] },
        { """{"name":7,"priority":"x","overlap":"y",""" + Handler + "}", ["name: expected a string, got 7", "priority: expected a whole number, at most 2147483647, got \"x\"", """overlap: expected one of "skip", "queue", "cancelPrevious", "allow", got "y" """.TrimEnd()] },
        { "[]", ["expected an object, got a list"] },
        { "null", ["expected an object, got null"] },
        { "", ["expected an object, got nothing"] },
        { " \r\n", ["expected an object, got nothing"] },
        { "{'name':'a'}", ["line 1, position 2: expected JSON; ''' is an invalid start of a property name. Expected a '\"'."] },
        { "{\n  \"name\": \"é\",,\n}", ["line 2, position 15: expected JSON; ',' is an invalid start of a property name. Expected a '\"'."] },
        { """{"name":"a\ud800","handler":{}}""", ["line 1, position 9: expected Unicode text, got half a surrogate pair"] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_does_not_fit_is_told_with_its_place(string json, string[] expected) => Assert.Equal(expected, Errors(() => StrictJson.Parse<TaskDefinition>(json)));

    [Theory]
    [InlineData("{\"name\":\"a\",}")]
    [InlineData("{\"name\":\"a\"")]
    [InlineData("{\"name\":\"a\"} {}")]
    [InlineData("{} // comment")]
    [InlineData("{\"name\":\"a\nb\"}")]
    [InlineData("{\"priority\":05}")]
    [InlineData("{\"priority\":NaN}")]
    [InlineData("name: a")]
    public void What_is_not_JSON_is_refused_with_line_and_position(string json) =>
        Assert.Matches(@"^line \d+, position \d+: expected JSON; .+$", Assert.Single(Errors(() => StrictJson.Parse<TaskDefinition>(json))));

    [Fact]
    public void What_is_left_out_has_the_default_of_its_record()
    {
        var task = StrictJson.Parse<TaskDefinition>("""{"name":"a","schedule":{"cron":"0 0 2 * * ?"},"retry":{"maxAttempts":7},"handler":{"polling":{"handler":"h","shards":{}}}}""");
        Assert.Equal((OverlapPolicy.Skip, 5, null, null), (task.Overlap, task.Priority, task.Timeout, task.Description));
        Assert.Equal(MisfirePolicy.FireOnce, task.Schedule!.Misfire);
        Assert.Equal(RetryPolicy.Default with { MaxAttempts = 7 }, task.Retry);
        Assert.Equal((PollingMode.Full, 500, 1, null), (task.Handler.Polling!.Mode, task.Handler.Polling.PageSize, task.Handler.Polling.ThreadCount, task.Handler.Polling.BatchSize));
    }

    [Theory]
    [InlineData("2026-01-31t08:00:00z")]
    [InlineData("2026-01-31T08:00:00z")]
    [InlineData("2026-01-31t16:00:00+08:00")]
    [InlineData("2026-01-31T08:00:00.0000000Z")]
    public void A_time_of_any_form_that_RFC_3339_has_is_read(string time)
    {
        var instant = new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);
        Assert.Equal(instant, StrictJson.Parse<TaskDefinition>($$"""{"name":"a","schedule":{"at":"{{time}}"},{{Handler}} }""").Schedule!.At);
        Assert.Equal(instant, StrictJson.Parse<RewindRequest>($$"""{"to":{"time":"{{time}}"} }""").To.Time);
    }

    [Fact]
    public void The_example_of_the_interface_is_read()
    {
        var task = StrictJson.Parse<TaskDefinition>("""
            { "name": "orders-full", "description": "copy all orders",
              "schedule": { "cron": "0 0 2 * * ?", "timeZone": "Asia/Shanghai", "misfire": "fireOnce" },
              "handler": { "polling": { "handler": "orders", "mode": "full", "shards": { "databases": "order_{00..63}", "tables": "t_order_{00..62}" },
                           "pageSize": 500, "threadCount": 4, "batchSize": 100 } },
              "overlap": "skip", "timeout": "02:00:00", "retry": { "maxAttempts": 3, "backoff": "00:00:10", "multiplier": 2 }, "priority": 5 }
            """);
        Assert.Equal(("orders-full", TimeSpan.FromHours(2), HandlerKind.Polling, 100), (task.Name, task.Timeout, task.Handler.Kind, task.Handler.Polling!.BatchSize));
    }

    [Fact]
    public void Null_stands_for_what_is_left_out_where_nothing_is_allowed() =>
        Assert.Null(StrictJson.Parse<TaskDefinition>("""{"name":"a","timeout":null,"schedule":null,"parameters":null,"handler":{"code":{"handler":"h"},"polling":null}}""").Timeout);

    [Fact]
    public void A_byte_order_mark_is_passed_over() => Assert.Equal("me", StrictJson.Parse<TriggerRequest>("\ufeff{\"by\":\"me\"}").By);

    [Fact]
    public void What_is_not_a_member_on_the_wire_is_unknown() =>
        Assert.Equal(["""idempotencyKey: unknown field; expected one of "parameters", "by", "concurrencyKey" """.TrimEnd()], Errors(() => StrictJson.Parse<TriggerRequest>("""{"idempotencyKey":"x"}""")));

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused() =>
        Assert.Equal(["expected UTF-8, got bytes that are not"], Errors(() => StrictJson.Parse<TriggerRequest>((byte[])[.. "{\"by\":\""u8, 0xc3, 0x28, .. "\"}"u8])));

    [Fact]
    public void Depth_is_bounded()
    {
        Assert.NotNull(StrictJson.Parse<TriggerRequest>(Nested(StrictJson.MaxDepth - 1)).Parameters);
        Assert.Equal([$"line 1, position {14 + StrictJson.MaxDepth}: expected at most 64 levels, got more"], Errors(() => StrictJson.Parse<TriggerRequest>(Nested(StrictJson.MaxDepth))));
        Assert.Equal(["line 1, position 65: expected at most 64 levels, got more"], Errors(() => StrictJson.Parse<TriggerRequest>(new string('[', 500_000))));

        static string Nested(int lists) => $$"""{"parameters":{{new string('[', lists)}}{{new string(']', lists)}}}""";
    }

    [Fact]
    public void Size_is_bounded()
    {
        Assert.Equal(StrictJson.MaxBytes - 9, StrictJson.Parse<TriggerRequest>(Sized(StrictJson.MaxBytes)).By!.Length);
        Assert.Equal(["expected at most 1048576 bytes, got 1048577"], Errors(() => StrictJson.Parse<TriggerRequest>(Sized(StrictJson.MaxBytes + 1))));

        static byte[] Sized(int bytes) => Encoding.UTF8.GetBytes($$"""{"by":"{{new string('x', bytes - 9)}}"}""");
    }

    [Fact]
    public void A_flood_of_errors_is_cut() =>
        Assert.Equal(20, Errors(() => StrictJson.Parse<TaskDefinition>($$"""{{{string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"x{i}\":1"))}}}""")).Length);

    [Fact]
    public void What_is_shown_of_the_given_is_cut() =>
        Assert.Equal([$"name: expected a string, got {new string('1', 63)}…", $"overlap: expected one of \"skip\", \"queue\", \"cancelPrevious\", \"allow\", got \"{new string('x', 63)}…\""],
            Errors(() => StrictJson.Parse<TaskDefinition>($$"""{"name":{{new string('1', 999)}},"overlap":"{{new string('x', 999)}}",{{Handler}}}""")));

    static string[] Errors(Func<object> parse)
    {
        var refusal = Assert.Throws<SchedulerException>(parse);
        Assert.Equal(SchedulerErrorKind.Invalid, refusal.Kind);
        return [.. refusal.Errors.Select(error => error.ToString())];
    }
}
