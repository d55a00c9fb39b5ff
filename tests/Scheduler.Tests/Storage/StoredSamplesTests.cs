using System.Collections.Immutable;
using System.Text.Json;
using Scheduler.Executions;
using Scheduler.Schedules;
using Scheduler.Storage.Rows;
using Scheduler.Tasks;
using Scheduler.Tests.Kept;

namespace Scheduler.Tests.Storage;

/// <summary>The JSON columns of databases that older programs have written.</summary>
public sealed class StoredSamplesTests
{
    [Fact]
    public void What_older_programs_have_stored_is_read()
    {
        var samples = KeptSamples.Of("stored-samples.json");
        Check<TaskDefinition>("schedule_task.definition");
        Check<ImmutableArray<OpenExecution>>("schedule_task.open_executions");
        Check<ImmutableArray<QuarantinedDatabase>>("schedule_task.quarantined");
        Check<ImmutableArray<TaskCalendar>>("schedule_task.calendars");
        Check<ExecutionOrigin>("schedule_execution.seed");
        Check<ExecutionRest>("schedule_execution.state");
        Check<ShardOperation>("schedule_task_item.operation");
        Check<TenantRest>("schedule_tenant.state");
        Check<CalendarDefinition>("schedule_calendar.definition");
        Check<IReadOnlyList<string>>("schedule_node.handlers");
        Check<IReadOnlyDictionary<string, HandlerKind>>("schedule_node.handler_kinds");
        samples.Finish();

        void Check<T>(string column) => samples.Check(column, StoredJson.Write(FullValue.Of<T>()), text => StoredJson.Write(StoredJson.Read<T>(text)));
    }

    [Fact]
    public void Words_keep_their_names_and_numbers()
    {
        var samples = KeptSamples.Of("word-samples.json");
        foreach (var words in new[] { typeof(ISchedulerClient).Assembly, typeof(TaskState).Assembly }.SelectMany(assembly => assembly.GetExportedTypes()).Where(type => type.IsEnum))
        {
            var today = JsonSerializer.Serialize(Enum.GetValues(words).Cast<object>().ToDictionary(word => word.ToString()!, word => Convert.ToInt64(word, null)));
            samples.Check(words.Name, today, _ => today);
        }
        samples.Finish();
    }
}
