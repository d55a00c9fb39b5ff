using System.Data.Common;

namespace Scheduler.Storage.Sessions;

static class Parameters
{
    /// <summary>Adds a parameter of the command's kind with its value; null is SQL's.</summary>
    public static void Add(this DbParameterCollection parameters, DbParameter parameter, string name, object? value)
    {
        (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
        parameters.Add(parameter);
    }
}
