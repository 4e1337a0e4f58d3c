using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Models.Ridge;

namespace Pipeline.Stages.Models.Discriminant;

/// <summary>A grid of shrinkages, from the strongest to the weakest, as settings.</summary>
internal sealed class Shrinkages
{
    /// <summary>The most shrinkages that may be asked for.</summary>
    public const int CountMax = 100;

    private readonly string _name;
    private readonly string _suffix;

    /// <summary>Distinct shrinkages from 0 to 1.</summary>
    /// <param name="values">The shrinkages, in any order.</param>
    /// <param name="suffix">Ends the names and texts of settings.</param>
    /// <param name="who">Whose they are, for messages.</param>
    /// <exception cref="StageException">None, too many, one twice, or one outside 0 to 1.</exception>
    public Shrinkages(ImmutableArray<double> values, string suffix, string who)
    {
        if (values.IsDefaultOrEmpty || values.Length > CountMax || values.Distinct().Count() != values.Length)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{who} take 1 to {CountMax} distinct shrinkages, found {(values.IsDefault ? 0 : values.Length)}, or one of them twice.");
        }

        foreach (double value in values)
        {
            if (value is not (>= 0 and <= 1))
            {
                throw new StageException(
                    FailureKind.InvalidRequest,
                    string.Create(CultureInfo.InvariantCulture, $"{who} take shrinkages from 0 to 1, found {value}. 1 leaves one "
                        + $"variance for all variables, 0 shrinks nothing."));
            }
        }

        _name = "shrinkage" + suffix;
        _suffix = suffix;
        Settings = [.. values.OrderDescending().Select(value => new ModelSetting(_name, value))];
    }

    /// <summary>The usual shrinkages.</summary>
    public static ImmutableArray<double> DefaultGrid { get; } = [1, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-5, 1e-6];

    /// <summary>The settings.</summary>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>Such as <c>γ=1e-2</c>.</summary>
    public string Describe(ModelSetting setting) => $"γ={RidgeFamily.Scientific(Value(setting))}{_suffix}";

    /// <summary>The shrinkage of a setting.</summary>
    public double Value(ModelSetting setting) => setting.Name == _name
        ? setting.Value
        : throw new ArgumentException($"This family has no setting {setting.Name} = {setting.Value}.", nameof(setting));
}
