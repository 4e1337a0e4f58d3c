using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Discriminant;

/// <summary>Linear discriminant analysis of one calibration set for every shrinkage.</summary>
/// <remarks>
/// Σ = W / (n - g) is the covariance within the g classes, Σ_γ = (1 - γ) Σ + γ (tr Σ / p) I the shrunken one. Σ is
/// tridiagonalised once; a shrinkage then costs one tridiagonal solve for each class. The score of class c is
/// (x - x̄)ᵀΣ_γ⁻¹(μ_c - x̄) - (μ_c - x̄)ᵀΣ_γ⁻¹(μ_c - x̄)/2 + log(n_c/n). With more variables than samples less
/// classes Σ is singular and γ must be above 0. Time 4p³/3 and memory p²; with more variables than samples p here is the number of
/// coordinates of the space that the spectra span, in which all discriminants lie (<see cref="Classes.PrincipalSpace"/>).
/// Fisher (1936), Annals of Eugenics 7, 179-188; Friedman (1989), JASA 84, 165-175 (shrinkage towards the identity);
/// divisor n - g as in scikit-learn's solver by singular values, whose shrunken solvers divide by n.
/// </remarks>
public sealed class DiscriminantDecomposition
{
    private readonly ClassMoments _classes;
    private readonly Tridiagonal _tridiagonal;
    private readonly Matrix _rotated;
    private readonly double _meanVariance;
    private readonly bool _isBalanced;
    private readonly long _count;

    /// <summary>Decomposes the moments of a calibration set.</summary>
    /// <param name="classes">The moments.</param>
    /// <param name="isBalanced">Whether every class is taken for as likely as the others, and not by its share of the samples.</param>
    /// <param name="variables">Variables over which the trace of Σ is spread, p, where the moments are of coordinates in the space of the
    /// spectra; 0 for their own number.</param>
    /// <exception cref="StageException">Fewer than two classes have samples, or no sample more than there are classes.</exception>
    public DiscriminantDecomposition(ClassMoments classes, bool isBalanced = false, int variables = 0)
    {
        _isBalanced = isBalanced;
        int seen = classes.Counts.Count(count => count > 0);
        _count = classes.Counts.Sum();
        if (seen < 2 || _count <= seen)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Discriminants need samples of at least 2 classes and more samples than classes, found {_count} of {seen}.");
        }

        _classes = classes;
        Matrix covariance = classes.Within.View.ToMatrix();
        Products.Scale(1.0 / (_count - seen), covariance.Values);
        for (int j = 0; j < covariance.Rows; j++)
        {
            _meanVariance += covariance[j, j] / (variables == 0 ? covariance.Rows : variables);
        }

        _tridiagonal = new Tridiagonal(covariance);
        _rotated = classes.Deviations.View.ToMatrix();
        _tridiagonal.ApplyQTransposed(_rotated.Span);
    }

    /// <summary>The discriminants of a shrinkage from 0 to 1, or null where Σ_γ cannot be told from a singular matrix.</summary>
    public FittedDiscriminant? Fit(double shrinkage)
    {
        if (!(shrinkage >= 0 && shrinkage <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(shrinkage), "A shrinkage lies from 0 to 1.");
        }

        Matrix coefficients = (shrinkage == 1 ? _classes.Deviations : _rotated).View.ToMatrix();
        double kept = 1 - shrinkage;
        if (shrinkage == 1)
        {
            if (!(_meanVariance > 0))
            {
                return null;
            }

            Products.Scale(1 / _meanVariance, coefficients.Values);
        }
        else
        {
            for (int c = 0; c < coefficients.Rows; c++)
            {
                if (!_tridiagonal.TrySolve(shrinkage * _meanVariance / kept, coefficients.Row(c), coefficients.Row(c)))
                {
                    return null;
                }
            }

            _tridiagonal.ApplyQ(coefficients.Span);
            Products.Scale(1 / kept, coefficients.Values);
        }

        double[] intercepts = new double[coefficients.Rows];
        int seen = _classes.Counts.Count(count => count > 0);
        for (int c = 0; c < intercepts.Length; c++)
        {
            double prior = _isBalanced && _classes.Counts[c] > 0 ? 1.0 / seen : _classes.Counts[c] / (double)_count;
            intercepts[c] = NaturalLogarithm.Of(prior)
                - (Products.Dot(coefficients.Row(c), _classes.Deviations.Row(c)) / 2);
        }

        return new FittedDiscriminant(_classes.Mean, coefficients, intercepts);
    }
}
