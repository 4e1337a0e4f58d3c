using System.Collections.Immutable;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>Boosting as people write it: <c>boost(50, 100; rate 0.1; leaves 31; min 20; l2 0)</c>.</summary>
internal static class BoostingNotation
{
    private static readonly ImmutableArray<string> Words = ["rate", "leaves", "min", "l2"];

    /// <summary>Numbers of rounds, then rules by their words in any order; what is left out is as usual.</summary>
    public static BoostingFamily Read(NotationTerm term, ResponseKind kind)
    {
        var rounds = ImmutableArray.CreateBuilder<int>();
        int[] places = [-1, -1, -1, -1];
        for (int i = 0; i < term.Arguments.Length; i++)
        {
            string text = term.Arguments[i].Text;
            int word = Words.IndexOf(text.Split(' ')[0].ToLowerInvariant());
            if (word < 0)
            {
                rounds.Add(term.WholeNumber(i, "a number of rounds, or rate, leaves, min or l2 with its value"));
            }
            else if (places[word] < 0)
            {
                places[word] = i;
            }
            else
            {
                throw term.Error($"'{Words[word]}' is given twice");
            }
        }

        BoostingRules usual = BoostingRules.Usual;
        var rules = new BoostingRules(
            places[0] < 0 ? usual.Rate : term.Number(places[0], "the rate", Words[0]),
            places[1] < 0 ? usual.LeavesMax : term.WholeNumber(places[1], "the most leaves", Words[1]),
            places[2] < 0 ? usual.SamplesMin : term.WholeNumber(places[2], "the fewest samples of a leaf", Words[2]),
            places[3] < 0 ? usual.Penalty : term.Number(places[3], "the penalty", Words[3]));
        return new BoostingFamily(kind, rounds.Count == 0 ? BoostingFamily.DefaultRounds : rounds.ToImmutable(), rules);
    }
}
