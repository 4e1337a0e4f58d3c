using System.Collections.Immutable;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>Cross-validation of one family: which variables, which folds together, which cells.</summary>
/// <remarks>
/// <para>
/// Where folds differ by their rows alone (<see cref="SharedSpectra"/>), all folds with the same variables are one
/// question to the family (<see cref="ICandidateFamily.PredictFolds"/>): the full spectrum and named ranges for all
/// folds, chosen variables for the folds that chose alike. Where the shape suits it, a family of moments answers every choice from a
/// submatrix of its fold's moments instead, which are made once for all subsets (<see cref="IsFromMoments"/>). Otherwise each fold is
/// fitted on spectra of its own.
/// </para>
/// <para>
/// Variables are chosen anew on the calibration rows of every fold; the choice on all samples comes last and
/// only names the candidate. A subset that looks at importance is chosen per setting, because every setting is
/// a model of its own with an importance of its own.
/// </para>
/// </remarks>
internal sealed class FoldLoop
{
    /// <summary>Folds up to which all subsets are answered from moments.</summary>
    private const int MomentsFoldsMax = 31;

    private readonly ICandidateFamily _family;
    private readonly FoldedSpectra _data;
    private readonly ImmutableArray<ISubset> _subsets;
    private readonly ImmutableArray<ModelSetting> _settings;
    private readonly FoldCells _cells;
    private readonly ImmutableArray<ImmutableArray<int>> _answerable;

    public FoldLoop(
        ICandidateFamily family,
        FoldedSpectra data,
        ImmutableArray<ISubset> subsets,
        ImmutableArray<ModelSetting> settings,
        CellTable cells)
    {
        _family = family;
        _data = data;
        _subsets = subsets;
        _settings = settings;
        _answerable = [.. subsets.Select(subset => Answerable(family, settings, data.Folds, subset.VariablesMax(data.Axis)))];
        _cells = new FoldCells(family, subsets, settings, _answerable, cells);
    }

    /// <summary>The settings, by index, that a subset of this width can answer in every fold: these are the candidates.</summary>
    public static ImmutableArray<int> Answerable(
        ICandidateFamily family, ImmutableArray<ModelSetting> settings, Folds folds, int width)
    {
        ImmutableArray<ModelSetting> answered = family.SettingsFor(folds.CalibrationMin, width);
        return [.. Enumerable.Range(0, settings.Length).Where(j => answered.Contains(settings[j]))];
    }

    /// <summary>
    /// Whether all subsets are answered from the moments of each fold: some variables are chosen in it, and there are at most twice as many
    /// of them as samples.
    /// </summary>
    /// <remarks>
    /// By shape alone, as every form (decision 0010). A choice costs a submatrix then, and what it costs does not depend on the samples. Many
    /// folds would need as many reductions of all variables, for little.
    /// </remarks>
    public static bool IsFromMoments(ICandidateFamily family, Folds folds, int variables, ImmutableArray<ISubset> subsets, bool autoscales) =>
        family is IMomentsFamily
        && !autoscales
        && subsets.Any(subset => subset is not FullSpectrum)
        && folds.Count <= MomentsFoldsMax
        && variables <= 2 * (folds.SampleCount - folds.HeldOutMax)
        && FoldForms.CanHoldMoments(folds, variables);

    public void Run(CancellationToken cancellation)
    {
        if (_data.Shared is { } shared)
        {
            if (_family is IMomentsFamily lines
                && IsFromMoments(_family, shared.Folds, shared.X.Columns, _subsets, shared.Autoscales)
                && SharedRows.AreFinite(shared))
            {
                RunFromMoments(lines, shared, cancellation);
            }
            else
            {
                RunShared(shared, cancellation);
            }
        }
        else
        {
            for (int k = _data.Folds.FirstHeldOut; k < _data.Folds.Count; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                int fold = k;
                FoldCells.Guard(
                    () =>
                    {
                        FoldSpectra rows = _data.Fold(fold);
                        RunFold(fold, rows, (variables, some) => Fit(rows, variables, some), cancellation);
                    },
                    reason => _cells.FailOpen(fold, reason));
            }
        }

        if (_subsets.Any(subset => subset is not FullSpectrum))
        {
            FoldCells.Guard(() => NameChoices(_data.Whole(), cancellation), _cells.FailNames);
        }
    }

    private void RunFromMoments(IMomentsFamily lines, SharedSpectra shared, CancellationToken cancellation)
    {
        using FoldMoments moments = FoldMoments.Of(shared, cancellation);
        moments.VisitCalibrations(FoldSplit.Each(shared.Folds), shared.Runner, (split, calibration) =>
        {
            cancellation.ThrowIfCancellationRequested();
            int k = split.HeldOut;
            FoldCells.Guard(
                () =>
                {
                    FoldSpectra rows = _data.Fold(k);
                    RunFold(k, rows, (variables, some) => Fit(lines, calibration, rows, variables, some), cancellation);
                },
                reason => _cells.FailOpen(k, reason));
        });
    }

    private void RunShared(SharedSpectra shared, CancellationToken cancellation)
    {
        ImmutableArray<int> all = [.. Enumerable.Range(0, _data.Folds.Count)];
        for (int s = 0; s < _subsets.Length; s++)
        {
            if (_subsets[s] is FullSpectrum && !_answerable[s].IsEmpty)
            {
                Predict(shared, s, all, _answerable[s], cancellation);
            }
        }

        if (_subsets.All(subset => subset is FullSpectrum))
        {
            return;
        }

        var chosen = new Dictionary<(int Subset, int FirstSetting, string Variables), ChosenFolds>();
        foreach (int k in all)
        {
            cancellation.ThrowIfCancellationRequested();
            FoldCells.Guard(() => Choose(k, _data.Fold(k), chosen, cancellation), reason => _cells.FailOpen(k, reason));
        }

        foreach (((int s, _, _), ChosenFolds one) in chosen)
        {
            Predict(shared.Columns(one.Variables), s, [.. one.Folds], one.Settings, cancellation);
        }
    }

    /// <summary>Has the family answer several folds of one subset with the same variables.</summary>
    private void Predict(
        SharedSpectra data, int s, ImmutableArray<int> folds, ImmutableArray<int> settings, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        FoldPredictions predictions = _cells.Predictions(s, settings);
        FoldCells.Guard(
            () => _family.PredictFolds(data, folds, [.. settings.Select(j => _settings[j])], predictions, cancellation),
            reason =>
            {
                foreach (int k in folds)
                {
                    _cells.Fail(s, settings, k, reason);
                }
            });
    }

    /// <summary>Chooses variables on one fold's calibration rows for every subset that chooses.</summary>
    private void Choose(
        int k,
        FoldSpectra fold,
        Dictionary<(int Subset, int FirstSetting, string Variables), ChosenFolds> chosen,
        CancellationToken cancellation)
    {
        var seen = new ChoiceGround(fold, _subsets.Any(subset => subset.UsesImportance) ? Fit(fold, null, AllAnswerable()) : null, _data.Axis);
        for (int s = 0; s < _subsets.Length; s++)
        {
            if (_subsets[s] is FullSpectrum)
            {
                continue;
            }

            foreach (ImmutableArray<int> together in ChosenTogether(s))
            {
                cancellation.ThrowIfCancellationRequested();
                int subset = s;
                FoldCells.Guard(
                    () =>
                    {
                        int[] variables = SelectAndCount(subset, together, seen);
                        var key = (subset, together[0], string.Join(',', variables));
                        if (!chosen.TryGetValue(key, out ChosenFolds? folds))
                        {
                            chosen.Add(key, folds = new ChosenFolds(together, variables, []));
                        }

                        folds.Folds.Add(k);
                    },
                    reason => _cells.Fail(subset, together, k, reason));
            }
        }
    }

    /// <summary>Fills the cells of one fold.</summary>
    /// <param name="k">The fold.</param>
    /// <param name="fold">Its spectra.</param>
    /// <param name="fit">Fits settings to some variables, to all of them where these are null.</param>
    /// <param name="cancellation">Looked at before each choice.</param>
    private void RunFold(int k, FoldSpectra fold, Func<int[]?, ImmutableArray<int>, FittedPath> fit, CancellationToken cancellation)
    {
        var seen = new ChoiceGround(fold, _subsets.Any(NeedsFullFit) ? fit(null, AllAnswerable()) : null, _data.Axis);
        for (int s = 0; s < _subsets.Length; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_subsets[s] is FullSpectrum)
            {
                _cells.Write(s, k, _answerable[s], seen.Full!, fold.HeldOut);
                continue;
            }

            foreach (ImmutableArray<int> together in ChosenTogether(s))
            {
                cancellation.ThrowIfCancellationRequested();
                int subset = s;
                FoldCells.Guard(() => RunSubset(subset, k, together, seen, fit), reason => _cells.Fail(subset, together, k, reason));
            }
        }
    }

    private void RunSubset(
        int s, int k, ImmutableArray<int> settings, ChoiceGround seen, Func<int[]?, ImmutableArray<int>, FittedPath> fit)
    {
        int[] variables = SelectAndCount(s, settings, seen);
        FittedPath path = fit(variables, settings);
        _cells.Write(s, k, settings, path, seen.Rows.HeldOut.SelectColumns(variables));
    }

    /// <summary>Chooses variables on all samples: the choice that names a candidate and that would be used.</summary>
    private void NameChoices(FoldSpectra whole, CancellationToken cancellation)
    {
        var seen = new ChoiceGround(whole, _subsets.Any(subset => subset.UsesImportance) ? Fit(whole, null, AllAnswerable()) : null, _data.Axis);
        for (int s = 0; s < _subsets.Length; s++)
        {
            if (_subsets[s] is FullSpectrum)
            {
                continue;
            }

            foreach (ImmutableArray<int> together in ChosenTogether(s))
            {
                cancellation.ThrowIfCancellationRequested();
                int subset = s;
                FoldCells.Guard(
                    () =>
                    {
                        int[] variables = seen.Select(_subsets[subset], together[0]);
                        _cells.Name(subset, together, variables, _family.SettingsFor(_data.SampleCount, variables.Length));
                    },
                    reason => _cells.FailName(subset, together, reason));
            }
        }
    }

    private static bool NeedsFullFit(ISubset subset) => subset is FullSpectrum || subset.UsesImportance;

    /// <summary>The settings of a subset in groups that share one choice of variables.</summary>
    private IEnumerable<ImmutableArray<int>> ChosenTogether(int s)
    {
        if (_answerable[s].IsEmpty)
        {
            return [];
        }

        return _subsets[s].UsesImportance ? _answerable[s].Select(j => ImmutableArray.Create(j)) : [_answerable[s]];
    }

    private ImmutableArray<int> AllAnswerable() => Answerable(_family, _settings, _data.Folds, _data.Axis.Count);

    /// <summary>Fits to the spectra of one fold.</summary>
    private FittedPath Fit(FoldSpectra fold, int[]? variables, ImmutableArray<int> settings)
    {
        Matrix x = variables is null ? fold.X : fold.X.SelectColumns(variables);
        return new FittedPath(settings, _family.FitPath(x.View, fold.Y.View, [.. settings.Select(j => _settings[j])]));
    }

    /// <summary>Fits to the moments of one fold, and to its spectra where these tell more.</summary>
    private FittedPath Fit(IMomentsFamily lines, Moments calibration, FoldSpectra fold, int[]? variables, ImmutableArray<int> settings)
    {
        Moments chosen = variables is null ? calibration : calibration.Columns(variables);
        ISettingPath? path = lines.FitPath(chosen, [.. settings.Select(j => _settings[j])]);
        if (variables is not null)
        {
            chosen.Release();
        }

        return path is null ? Fit(fold, variables, settings) : new FittedPath(settings, path);
    }

    private int[] SelectAndCount(int s, ImmutableArray<int> settings, ChoiceGround seen)
    {
        int[] variables = seen.Select(_subsets[s], settings[0]);
        _cells.CountSelection(s, settings, variables, _data.Axis.Count);
        return variables;
    }

    /// <summary>Variables, the settings they were chosen for, and the folds that chose them.</summary>
    private sealed record ChosenFolds(ImmutableArray<int> Settings, int[] Variables, List<int> Folds);
}
