using Pipeline.Engine.Identity;
using Pipeline.Engine.State;

namespace Pipeline.Host.State;

/// <summary>What a bound study remembers across restarts: its latest run with an outcome, and what that was about.</summary>
/// <param name="Run">Key of the latest complete run, after which its folder is named; null before the first.</param>
/// <param name="KnownCount">How many reference values the latest run had, complete or refused.</param>
/// <param name="ModelFolder">Where the model lies below the study's folder, or nothing where there is none.</param>
/// <param name="Dataset">The dataset that all this is about; empty where an earlier version has written the row.</param>
/// <param name="Response">The response that all this is about, as the settings spell it; empty where an earlier version has written the row.</param>
public sealed record StudyRow(Fingerprint? Run, int KnownCount, string ModelFolder, string Dataset, string Response)
{
    /// <summary>A study that has never run.</summary>
    public static StudyRow None { get; } = new(null, 0, "", "", "");

    /// <summary>The row of a study.</summary>
    public static StudyRow Read(StateDatabase state, string name)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Read(reader => Read(reader, name));
    }

    /// <summary>The row of a study, as a reader or a transaction sees it.</summary>
    public static StudyRow Read(StateReader reader, string name)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader.First(
            "SELECT run, known, model, dataset, response FROM study WHERE name = $1",
            row => new StudyRow(row.IsNull(0) ? null : row.Key(0), (int)row.Number(1), row.Text(2), row.Text(3), row.Text(4)),
            None,
            name);
    }

    /// <summary>True where the row is about this; one that does not say what it is about is about whatever the study asks.</summary>
    public bool IsOf(string dataset, string response) => Dataset.Length == 0 || (Dataset == dataset && Response == response);

    /// <summary>Writes the row; a run counts only from here on.</summary>
    public void Write(StateTransaction transaction, string name)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        transaction.Execute(
            "INSERT OR REPLACE INTO study (name, run, known, model, dataset, response) VALUES ($1, $2, $3, $4, $5, $6)",
            name, Run, (long)KnownCount, ModelFolder, Dataset, Response);
    }
}
