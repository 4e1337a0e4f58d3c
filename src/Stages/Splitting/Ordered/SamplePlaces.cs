using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Engine;

namespace Pipeline.Stages.Splitting.Ordered;

/// <summary>The places of samples in the order of a column: 0 for the least value, equal values sharing one place.</summary>
/// <remarks>
/// A column of numbers goes by number, one of ISO dates (yyyy-MM-dd, with a time behind it or not) by time, one of other
/// texts by ordinal order. Places follow from the set of values, so the order in which samples are listed does not matter.
/// </remarks>
internal static partial class SamplePlaces
{
    /// <summary>The words that ask for the order of the file, which no other scheme looks at.</summary>
    public const string FileOrder = "file order";

    /// <summary>The word for the study's own response, where no column has that name.</summary>
    public const string Response = "response";

    private static readonly string[] Dates =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mmK",
        "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK",
    ];

    /// <summary>The places of numbers; time n log n.</summary>
    public static ImmutableArray<double> OfNumbers(IReadOnlyCollection<double> values) => Places(values, Comparer<double>.Default);

    /// <summary>The places of the texts of a column, none of them empty.</summary>
    /// <exception cref="StageException">A text is a date that sorts wrongly as a text.</exception>
    public static ImmutableArray<double> OfTexts(string column, IReadOnlyList<string> texts)
    {
        double[] numbers =
        [
            .. texts.Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN),
        ];
        if (numbers.All(double.IsFinite))
        {
            return OfNumbers(numbers);
        }

        DateTimeOffset?[] times = [.. texts.Select(Time)];
        if (times.All(time => time is not null))
        {
            return Places([.. times.Select(time => time!.Value.UtcTicks)], Comparer<long>.Default);
        }

        return texts.Where((text, i) => times[i] is null && LocalDate().IsMatch(text)).FirstOrDefault() is { } date
            ? throw new StageException(
                FailureKind.InvalidData,
                $"Column '{column}' orders the samples: expected numbers, dates as yyyy-MM-dd (with a time behind, as 2024-03-01 14:30) or names, "
                + $"found '{date}', which would be sorted as a text. Write the column's dates as yyyy-MM-dd.")
            : Places(texts, StringComparer.Ordinal);
    }

    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParseExact(text, Dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;

    private static ImmutableArray<double> Places<T>(IReadOnlyCollection<T> values, IComparer<T> order)
        where T : notnull
    {
        var place = values.Distinct().Order(order).Select((value, index) => (value, index)).ToDictionary(pair => pair.value, pair => (double)pair.index);
        return [.. values.Select(value => place[value])];
    }

    [GeneratedRegex(@"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")]
    private static partial Regex LocalDate();
}
