using Pipeline.Engine.Identity;
using Pipeline.Engine.State;

namespace Pipeline.Host.State;

/// <summary>What a bound study remembers across restarts: its latest run with an outcome.</summary>
/// <param name="Samples">Key of the calibration set of the latest complete run, or null before the first.</param>
/// <param name="KnownCount">How many reference values the latest run had, complete or refused.</param>
/// <param name="ModelFolder">Where the model lies below the study's folder, or nothing where there is none.</param>
public sealed record StudyRow(Fingerprint? Samples, int KnownCount, string ModelFolder)
{
    /// <summary>A study that has never run.</summary>
    public static StudyRow None { get; } = new(null, 0, "");

    /// <summary>The row of a study.</summary>
    public static StudyRow Read(StateDatabase state, string name)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Read(reader => reader.First(
            "SELECT samples, known, model FROM study WHERE name = $1",
            row => new StudyRow(row.IsNull(0) ? null : row.Key(0), (int)row.Number(1), row.Text(2)),
            None,
            name));
    }

    /// <summary>Writes the row; a run counts only from here on.</summary>
    public void Write(StateTransaction transaction, string name)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        transaction.Execute(
            "INSERT OR REPLACE INTO study (name, samples, known, model) VALUES ($1, $2, $3, $4)", name, Samples, (long)KnownCount, ModelFolder);
    }
}
