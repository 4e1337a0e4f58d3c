using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration;

/// <summary>A study's response for every row of a file: numbers, or classes by their places.</summary>
/// <remarks>
/// A column of text is classes and a column of numbers is numbers, unless the study says otherwise; few distinct numbers
/// are no reason to take them for classes. Classes stand in the ordinal order of their texts, numbers that are classes in
/// numeric order. An empty cell, NA, N/A, #N/A, NaN, n.d. and ? are no class; "none" or "-" may well be one. Immutable.
/// </remarks>
/// <param name="Name">The response's name.</param>
/// <param name="Values">The number of every row, or the place of its class; NaN where it is not known.</param>
/// <param name="Classes">The classes; empty for numbers.</param>
internal sealed record BoundResponse(string Name, ImmutableArray<double> Values, ImmutableArray<string> Classes)
{
    private static readonly HashSet<string> Missing = new(StringComparer.OrdinalIgnoreCase) { "", "na", "n/a", "#n/a", "nan", "n.d.", "?" };

    /// <summary>Whether the response is a class.</summary>
    public bool IsOfClasses => !Classes.IsEmpty;

    /// <summary>The response that a study names.</summary>
    /// <exception cref="StageException">None is named, none has that name, or it is not what the study says.</exception>
    public static BoundResponse Of(Study study, SpectralChunk chunk)
    {
        StudyMethods.RefuseUnknownTask(study);
        if (study.Response is not { } name)
        {
            string[] all = [.. chunk.Responses.Select(column => column.Name), .. chunk.Labels.Select(column => column.Name)];
            throw new StageException(
                FailureKind.InvalidRequest,
                all.Length == 0
                    ? "No response is named, and the file has no column of reference values beside the spectra."
                    : $"No response is named. Name one with --response: {string.Join(", ", all)}.");
        }

        if (chunk.Responses.FirstOrDefault(column => column.Name == name) is { } numbers)
        {
            return study.IsOfClasses ? OfTexts(name, [.. numbers.Values.Select(Text)]) : new BoundResponse(name, numbers.Values, []);
        }

        if (chunk.Labels.FirstOrDefault(column => column.Name == name) is { } text)
        {
            RefuseNumbers(study, chunk, text);
            return OfTexts(name, text.Values);
        }

        throw StudyBinding.Unknown("response", name, chunk.Responses.Select(column => column.Name).Concat(chunk.Labels.Select(column => column.Name)));
    }

    /// <summary>The same with the classes that some samples have.</summary>
    /// <exception cref="StageException">They have one class only, or too many.</exception>
    public BoundResponse For(int[] samples)
    {
        if (!IsOfClasses)
        {
            return this;
        }

        bool[] has = new bool[Classes.Length];
        Array.ForEach(samples, i => has[(int)Values[i]] = true);
        ImmutableArray<string> classes = [.. Classes.Where((_, c) => has[c])];
        if (classes.Length < 2)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Response '{Name}' is '{classes[0]}' for all {samples.Length} samples; there is nothing to tell apart. "
                + "Choose another response, or add samples of another class.");
        }

        if (classes.Length > Study.ClassesMax)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Response '{Name}' has {classes.Length} distinct classes (such as '{classes[0]}' and '{classes[1]}'), the limit is {Study.ClassesMax}. "
                + "Choose a response with fewer, or join classes.");
        }

        return With(classes);
    }

    /// <summary>The same with classes in the places of others; a class that is not among them gets the place -1.</summary>
    public BoundResponse With(ImmutableArray<string> classes)
    {
        if (!IsOfClasses)
        {
            return this;
        }

        double[] place = [.. Classes.Select(name => (double)classes.IndexOf(name, 0, classes.Length, StringComparer.Ordinal))];
        return new BoundResponse(Name, [.. Values.Select(value => double.IsNaN(value) ? value : place[(int)value])], classes);
    }

    /// <summary>y of some samples: n × 1 numbers, or n × C indicators.</summary>
    public Matrix Y(int[] samples)
    {
        if (!IsOfClasses)
        {
            return new Matrix(samples.Length, 1, [.. samples.Select(i => Values[i])]);
        }

        var y = new Matrix(samples.Length, Classes.Length);
        for (int i = 0; i < samples.Length; i++)
        {
            y[i, (int)Values[samples[i]]] = 1;
        }

        return y;
    }

    /// <summary>Refuses samples of a class that the calibration does not have.</summary>
    public void RefuseUnknownClass(ImmutableArray<string> ids, int[] samples)
    {
        if (IsOfClasses && Array.FindIndex(samples, i => Values[i] < 0) is >= 0 and var first)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Test sample '{ids[samples[first]]}' is of a class of '{Name}' that no calibration sample has; those have {string.Join(", ", Classes)}. "
                + "Put some samples of its class into the calibration, or take it out of the test.");
        }
    }

    /// <summary>The text of a class that was written as a number; empty where there is none.</summary>
    internal static string Text(double value) => double.IsNaN(value) ? "" : (value + 0.0).ToString("R", CultureInfo.InvariantCulture);

    private static BoundResponse OfTexts(string name, ImmutableArray<string> texts)
    {
        string[] distinct = [.. texts.Where(IsKnown).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (distinct.Length == 0)
        {
            throw new StageException(
                FailureKind.InvalidData, $"Response '{name}' has no value for any sample. Add its values, or name another response.");
        }

        if (Array.TrueForAll(distinct, text => TryNumber(text, out _)))
        {
            distinct = [.. distinct.OrderBy(text => TryNumber(text, out double number) ? number : 0)];
        }

        var place = distinct.Index().ToDictionary(pair => pair.Item, pair => (double)pair.Index, StringComparer.Ordinal);
        return new BoundResponse(name, [.. texts.Select(text => IsKnown(text) ? place[text] : double.NaN)], [.. distinct]);
    }

    /// <summary>Refuses a text that is meant to be a number, or may be: neither is guessed.</summary>
    private static void RefuseNumbers(Study study, SpectralChunk chunk, LabelColumn text)
    {
        int[] known = [.. Enumerable.Range(0, text.Values.Length).Where(i => IsKnown(text.Values[i]))];
        int numbers = known.Count(i => TryNumber(text.Values[i], out _));
        bool isMixed = 2 * numbers > known.Length && numbers < known.Length;
        if (known.Length == 0 || (study.Task != Study.NumbersTask && (study.Task is not null || !isMixed)))
        {
            return;
        }

        int first = known.FirstOrDefault(i => !TryNumber(text.Values[i], out _), known[0]);
        throw new StageException(
            FailureKind.InvalidData,
            $"Response '{text.Name}' is not a column of numbers: sample '{chunk.Ids[first]}' has '{text.Values[first]}'. "
            + "Correct the value, or leave the cell empty where there is none"
            + $"; or say \"task\": \"{Study.ClassesTask}\" in the study if the values are classes.");
    }

    /// <summary>Whether a label names a class.</summary>
    internal static bool IsKnown(string text) => !Missing.Contains(text);

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
