using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages;

/// <summary>One method as people write it: a name and, in parentheses, its arguments.</summary>
/// <param name="Source">The whole text, for messages.</param>
/// <param name="Name">The name in lower case.</param>
/// <param name="Position">The 1-based character at which the name starts.</param>
/// <param name="Inner">The text between the parentheses as it stands; empty without them.</param>
/// <param name="Arguments">The parts of <paramref name="Inner"/> between commas and semicolons.</param>
/// <param name="Example">A correct term of this name, for messages.</param>
public sealed record NotationTerm(
    string Source,
    string Name,
    int Position,
    string Inner,
    ImmutableArray<NotationArgument> Arguments,
    string Example)
{
    /// <summary>Reads terms joined by <c>+</c>, at least one.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="what">What a term is, with its article, for messages.</param>
    /// <param name="example">A correct text, for messages.</param>
    public static ImmutableArray<NotationTerm> ParseSum(string text, string what, string example)
    {
        ArgumentNullException.ThrowIfNull(text);
        var terms = ImmutableArray.CreateBuilder<NotationTerm>();
        int at = 0;
        while (true)
        {
            terms.Add(ParseTerm(text, ref at, what, example));
            if (at == text.Length)
            {
                return terms.ToImmutable();
            }

            if (text[at] != '+')
            {
                throw Error(text, at + 1, $"expected '+' or the end, found '{Rest(text, at)}'", example);
            }

            at++;
        }
    }

    /// <summary>Reads exactly one term.</summary>
    public static NotationTerm ParseOne(string text, string what, string example)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = 0;
        NotationTerm term = ParseTerm(text, ref at, what, example);
        return at == text.Length
            ? term
            : throw Error(text, at + 1, $"expected the end, found '{Rest(text, at)}'", example);
    }

    /// <summary>Refuses fewer or more arguments than the method has.</summary>
    public void RequireArguments(int minimum, int maximum)
    {
        if (Arguments.Length >= minimum && Arguments.Length <= maximum)
        {
            return;
        }

        string expected = minimum == maximum ? $"{minimum}" : $"{minimum} to {maximum}";
        string found = Arguments.IsEmpty ? "none" : $"{Arguments.Length}: '{Inner.Trim()}'";
        throw Error($"'{Name}' takes {expected} argument{(expected == "1" ? "" : "s")}, found {found}");
    }

    /// <summary>The integer at one place, after an optional word such as <c>seed</c>.</summary>
    public int WholeNumber(int index, string meaning, string word = "") =>
        int.TryParse(Value(index, word), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Unreadable(index, "a whole number", meaning);

    /// <summary>The seed at one place, after an optional word.</summary>
    public ulong Seed(int index, string word = "seed") =>
        ulong.TryParse(Value(index, word), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw Unreadable(index, "a whole number from 0 on", "the seed");

    /// <summary>The finite number at one place, after an optional word such as <c>mixing</c>.</summary>
    public double Number(int index, string meaning, string word = "")
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(Value(index, word), Style, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
                ? value
                : throw Unreadable(index, "a number", meaning);
    }

    /// <summary>A failure at the start of this term.</summary>
    public StageException Error(string message) => Error(Source, Position, message, Example);

    private static StageException Error(string source, int position, string message, string example) =>
        new(FailureKind.InvalidRequest, $"'{source}', character {position}: {message}. Example: {example}.");

    private static NotationTerm ParseTerm(string text, ref int at, string what, string example)
    {
        SkipSpaces(text, ref at);
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-'))
        {
            at++;
        }

        if (at == start)
        {
            string found = at == text.Length ? "nothing" : $"'{Rest(text, at)}'";
            throw Error(text, at + 1, $"expected {what}, found {found}", example);
        }

        string name = text[start..at].ToLowerInvariant();
        SkipSpaces(text, ref at);
        var term = new NotationTerm(text, name, start + 1, "", [], example);
        if (at < text.Length && text[at] == '(')
        {
            int close = text.IndexOf(')', at);
            if (close < 0)
            {
                throw Error(text, at + 1, $"the parenthesis in '{Rest(text, start)}' is not closed", example);
            }

            string inner = text[(at + 1)..close];
            term = term with { Inner = inner, Arguments = Split(inner, at + 2) };
            at = close + 1;
            SkipSpaces(text, ref at);
        }

        return term;
    }

    private static ImmutableArray<NotationArgument> Split(string inner, int position)
    {
        if (string.IsNullOrWhiteSpace(inner))
        {
            return [];
        }

        var arguments = ImmutableArray.CreateBuilder<NotationArgument>();
        int start = 0;
        for (int i = 0; i <= inner.Length; i++)
        {
            if (i == inner.Length || inner[i] is ',' or ';')
            {
                int skipped = start;
                SkipSpaces(inner, ref skipped);
                arguments.Add(new NotationArgument(inner[start..i].Trim(), position + Math.Min(skipped, i)));
                start = i + 1;
            }
        }

        return arguments.ToImmutable();
    }

    private static void SkipSpaces(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }
    }

    private static string Rest(string text, int at)
    {
        string rest = text[at..].Trim();
        return rest.Length <= 20 ? rest : rest[..20] + "…";
    }

    private string Value(int index, string word)
    {
        string text = Arguments[index].Text;
        return word.Length > 0 && text.StartsWith(word + " ", StringComparison.OrdinalIgnoreCase)
            ? text[(word.Length + 1)..].Trim()
            : text;
    }

    private StageException Unreadable(int index, string kind, string meaning)
    {
        string found = Arguments[index].Text.Length == 0 ? "nothing" : $"'{Arguments[index].Text}'";
        return Error(Source, Arguments[index].Position, $"expected {kind} as {meaning}, found {found}", Example);
    }
}

/// <summary>One argument of a method as it was written.</summary>
/// <param name="Text">The text without spaces around it.</param>
/// <param name="Position">The 1-based character at which it starts.</param>
public readonly record struct NotationArgument(string Text, int Position);
